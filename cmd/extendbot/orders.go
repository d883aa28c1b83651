package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

func ordersCommand(term terminal) *cobra.Command {
	orders := &cobra.Command{
		Use:   "orders",
		Short: "Show, add up, export, and verify orders, and settle unknown outcomes",
		Long:  "These commands read the database and need no tokens. They can run while extendbot is serving.",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	orders.AddCommand(ordersListCommand(term), ordersShowCommand(term), ordersSettleCommand(term),
		ordersExportCommand(term), ordersVerifyCommand(term), ordersSpendCommand(term))
	return orders
}

// withLedger opens the ledger, even while another process serves it, and closes
// it after use.
func withLedger(ctx context.Context, use func(l *ledger.Ledger) error) error {
	s, err := settings.LoadSome(databaseSetting)
	if err != nil {
		return err
	}
	return useLedger(ctx, s, use)
}

// withKeys is withLedger with the keys that authenticate the ledger. There has to be
// one if use writes.
func withKeys(ctx context.Context, writes bool, use func(l *ledger.Ledger) error) error {
	s, err := settings.LoadLedger(writes)
	if err != nil {
		return err
	}
	return useLedger(ctx, s, use)
}

func useLedger(ctx context.Context, s settings.Settings, use func(l *ledger.Ledger) error) (err error) {
	l, err := ledger.Open(ctx, ledger.Config{URL: s.Database.Reveal(), Keys: s.ApprovalKeys})
	if err != nil {
		return fmt.Errorf("%s: %w", databaseSetting, err)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return use(l)
}

// orderID returns the order that an argument means. People paste ids with what
// is around them in Slack.
func orderID(arg string) (order.ID, error) {
	text := strings.TrimFunc(arg, func(r rune) bool { return hidden(r) || strings.ContainsRune(" `'\".,:;()", r) })
	id, ok := order.ParseID(text)
	if !ok {
		return "", usageError{fmt.Errorf("%q is not the id of an order; an id looks like 06ppv9a8-kx3n7d2q, see extendbot orders list", arg)}
	}
	return id, nil
}

// nameMissing turns "not found" into a mistake of usage that names the order. It
// returns every other error unchanged.
func nameMissing(id order.ID, err error) error {
	if order.CodeOf(err) == order.CodeNotFound {
		return usageError{fmt.Errorf("there is no order %s, see extendbot orders list", id)}
	}
	return err
}

// timeLayout is how the commands write times for people.
const timeLayout = "2006-01-02 15:04:05 UTC"

// formatTime formats a time for people, or returns "" for none.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// formatAmount formats what an order cost, or returns "" if it is not known.
func formatAmount(o order.Order) string {
	if o.Receipt == nil {
		return ""
	}
	return withCurrency(order.FormatAmount(o.Receipt.Amount), o.Receipt.Currency)
}

// withCurrency returns an amount with its currency, or "" for no amount.
func withCurrency(amount, currency string) string {
	if amount == "" {
		return ""
	}
	return strings.TrimSpace(amount + " " + currency)
}
