package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

const spendLong = `Adds up the orders that were approved, by the time of their last approval. The limits of
the policy count the same:

  SPENT      what placed orders cost
  ESTIMATED  the part of SPENT whose charge is not known, but an estimate is
  RESERVED   the estimates of approved orders that are not finished: they wait to be sent,
             are being sent, or their outcome is unknown
  NO PRICE   how many orders have neither a charge nor an estimate: they count hours only

The rows are sorted by SPENT, months by time. Months, and a day as --since, are on the clock
of OXHOST_TIMEZONE. With --by month, the first month is always whole. Ids that are too long
for the table are shortened; --json has them whole.`

func ordersSpendCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "spend --by person|server|account|month",
		Short:   "Add up what was spent",
		Long:    spendLong,
		Example: "  extendbot orders spend --by person\n  extendbot orders spend --by month --since 2026-01-01 --server web-1 --json",
		Args:    noArgs,
	}
	by := cmd.Flags().String("by", "", "add up by person, server, account, or month")
	since := sinceFlag(cmd, "90d")
	f := filterFlags(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		key := strings.ToLower(*by)
		if spendKeys[key] == nil {
			return usageError{errors.New("--by must be person, server, account, or month" + didYouMean(key, slices.Sorted(maps.Keys(spendKeys))))}
		}
		if err := f.check(cmd); err != nil {
			return err
		}
		s, err := settings.LoadSome(databaseSetting, "OXHOST_TIMEZONE")
		if err != nil {
			return err
		}
		sums := newSpend(key, since.before(time.Now(), s.OxhostTimezone))
		sums.only = *f
		var newest time.Time // before since, if nothing was spent since
		err = useLedger(cmd.Context(), s, func(l *ledger.Ledger) error {
			err := l.SpentSince(cmd.Context(), sums.since, func(o order.Order) error {
				sums.add(o)
				return nil
			})
			if err == nil && len(sums.rows) == 0 {
				newest, err = f.newest(cmd.Context(), l, approvedAt)
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printJSON(term.out, sums.report())
		case len(sums.rows) == 0:
			_, err = fmt.Fprintln(term.out, f.nothing("approved", sums.since, newest))
			return err
		default:
			return sums.report().writeTable(term.out)
		}
	}
	return cmd
}

// approvedAt returns when an order began to count, or no time if it counts nothing.
func approvedAt(o order.Order) time.Time {
	if counts, ok := o.Spent(); ok {
		return counts.At
	}
	return time.Time{}
}
