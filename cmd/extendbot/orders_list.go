package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"extendbot/ledger"
	"extendbot/order"
)

const listLimit = 50

func ordersListCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the newest orders",
		Example: "  extendbot orders list --server web-1 --since 3d\n  extendbot orders list --state placed,unknown --user U0ALICE",
		Args:    noArgs,
	}
	since := sinceFlag(cmd, "30d")
	limit := cmd.Flags().Int("limit", listLimit, "list at most this many orders")
	f := filterFlags(cmd)
	f.stateFlag(cmd)
	open := cmd.Flags().Bool("open", false, "list orders that are not finished, however old")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case *limit < 1:
			return usageError{errors.New("--limit must be at least 1")}
		case *open && cmd.Flags().Changed("since"):
			return usageError{errors.New("--open cannot be combined with --since")}
		}
		if err := f.check(cmd); err != nil {
			return err
		}
		from := since.before(time.Now(), time.UTC)
		return withLedger(cmd.Context(), func(l *ledger.Ledger) error {
			most := min(*limit, math.MaxInt32)
			list, err := selectOrders(cmd.Context(), l, *open, f, from, most+1)
			switch {
			case err != nil:
				return err
			case len(list) > most:
				fmt.Fprintf(term.err, "extendbot: there are older ones, too; --limit is %d\n", most)
				return printList(term.out, list[:most])
			case len(list) > 0:
				return printList(term.out, list)
			}
			newest, err := f.newest(cmd.Context(), l, askedAt)
			switch {
			case err != nil:
				return err
			case *open:
				_, err = fmt.Fprintf(term.out, "No order%s is unfinished.\n", f.selected())
			default:
				_, err = fmt.Fprintln(term.out, f.nothing("asked for", from, newest))
			}
			return err
		})
	}
	return cmd
}

// selectOrders returns the orders that the flags select, newest first.
func selectOrders(ctx context.Context, l *ledger.Ledger, open bool, f *filter, since time.Time, limit int) ([]order.Order, error) {
	if !open {
		return f.since(ctx, l, since, limit)
	}
	list, err := l.Unfinished(ctx)
	slices.Reverse(list)
	list = slices.DeleteFunc(list, func(o order.Order) bool { return !f.matches(o) })
	return list[:min(len(list), limit)], err
}

func printList(out io.Writer, list []order.Order) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ORDER\tSTATE\tSERVER\tASKED FOR\tASKED BY\tASKED AT\tAPPROVED BY\tAMOUNT\tWHY\tBECAUSE")
	for _, o := range list {
		printRow(table, string(o.ID), string(o.State), o.Server.Label(), o.RentalTime(),
			o.Person.User, o.CreatedAt.Format(time.DateTime), approvals(o, ""), formatAmount(o), why(o), o.Purpose)
	}
	return table.Flush()
}

// why returns the reason for the state of an order. Of a declined order, it is who
// declined it, and why.
func why(o order.Order) string {
	switch {
	case o.State != order.Declined:
		return o.Reason
	case o.DeclineReason == "":
		return "declined by " + o.DecidedBy
	default:
		return "declined by " + o.DecidedBy + ": " + o.DeclineReason
	}
}

// approvals returns who said yes to an order, oldest first, and when, in a layout of
// times; without times if that is "".
func approvals(o order.Order, layout string) string {
	var all []string
	for _, a := range o.Approvals {
		all = append(all, strings.TrimSpace(a.User+" "+a.At.UTC().Format(layout)))
	}
	return strings.Join(all, ", ")
}

// printRow prints a row of a table; the cells may contain any text.
func printRow(table io.Writer, cells ...string) {
	for i, text := range cells {
		cells[i] = visible(text)
	}
	fmt.Fprintln(table, strings.Join(cells, "\t"))
}
