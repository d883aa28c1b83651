package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	cmd := &cobra.Command{Use: "list", Short: "List the newest orders", Args: noArgs}
	since := sinceFlag(cmd, "30d")
	limit := cmd.Flags().Int("limit", listLimit, "list at most this many orders")
	server := cmd.Flags().String("server", "", "list orders of this server only, by its name or id")
	open := cmd.Flags().Bool("open", false, "list orders that are not finished, however old")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case *limit < 1:
			return usageError{errors.New("--limit must be at least 1")}
		case *open && (*server != "" || cmd.Flags().Changed("since")):
			return usageError{errors.New("--open cannot be combined with --server or --since")}
		}
		return withLedger(cmd.Context(), func(l *ledger.Ledger) error {
			list, err := selectOrders(cmd.Context(), l, *open, *server, since.before(time.Now(), time.UTC), *limit)
			if err != nil {
				return err
			}
			return printList(term.out, list)
		})
	}
	return cmd
}

// selectOrders returns the orders that the flags select, newest first.
func selectOrders(ctx context.Context, l *ledger.Ledger, open bool, server string, since time.Time, limit int) ([]order.Order, error) {
	switch {
	case open:
		list, err := l.Unfinished(ctx)
		slices.Reverse(list)
		return list[:min(len(list), limit)], err
	case server != "":
		list, err := l.OfServer(ctx, server, limit)
		return slices.DeleteFunc(list, func(o order.Order) bool { return o.CreatedAt.Before(since) }), err
	default:
		return l.List(ctx, since, limit)
	}
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
