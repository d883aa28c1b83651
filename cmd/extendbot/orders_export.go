package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"extendbot/ledger"
	"extendbot/order"
)

func ordersExportCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "Write orders as CSV, for bookkeeping", Args: noArgs}
	since := sinceFlag(cmd, "360d")
	f := filterFlags(cmd)
	f.stateFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.check(cmd); err != nil {
			return err
		}
		from := since.before(time.Now(), time.UTC)
		return withLedger(cmd.Context(), func(l *ledger.Ledger) error {
			list, err := f.since(cmd.Context(), l, from, math.MaxInt32)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				newest, err := f.newest(cmd.Context(), l, askedAt)
				if err != nil {
					return err
				}
				fmt.Fprintln(term.err, "extendbot: "+f.nothing("asked for", from, newest))
			}
			return exportCSV(term.out, list)
		})
	}
	return cmd
}

func exportCSV(out io.Writer, list []order.Order) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{
		"order", "state", "asked_at", "asked_by", "decided_by", "decided_at", "account", "server", "server_id",
		"hours", "amount", "currency", "oxhost_order", "expires_at", "why",
		"asked_for", "because", "approvals", "decline_reason",
		"estimate", "estimate_currency", "estimate_from", // new columns come last: people read this with programs
	})
	for _, o := range list {
		r := order.Receipt{}
		if o.Receipt != nil {
			r = *o.Receipt
		}
		row := []string{
			string(o.ID), string(o.State), csvTime(o.CreatedAt), o.Person.User, o.DecidedBy, csvTime(o.DecidedAt),
			o.Account, o.Server.Name, o.Server.ID, strconv.Itoa(int(o.Hours)),
			order.FormatAmount(r.Amount), r.Currency, r.OrderID, csvTime(r.ExpiresAt), o.Reason,
			o.Typed, o.Purpose, approvals(o, time.RFC3339), o.DeclineReason,
			order.FormatAmount(o.Estimate.Amount), o.Currency, string(o.Estimate.From),
		}
		for i, text := range row {
			row[i] = cell(text) // every one: anything in the database may come from outside
		}
		_ = w.Write(row)
	}
	w.Flush()
	return w.Error() // also returns the errors of Write
}

// csvTime formats a time for machines, or returns "" for none.
func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
