package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

func ordersCommand(term terminal) *cobra.Command {
	orders := &cobra.Command{
		Use:   "orders",
		Short: "Look at the ledger, prove it, and settle unknown outcomes",
		Long:  "These commands read DATABASE_URL and may run beside the serving process.",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	orders.AddCommand(ordersListCommand(term), ordersShowCommand(term), ordersSettleCommand(term),
		ordersExportCommand(term), ordersVerifyCommand(term))
	return orders
}

// withLedger opens the ledger beside a process that may be serving from it.
func withLedger(ctx context.Context, use func(l *ledger.Ledger) error) (err error) {
	s, err := settings.LoadSome("DATABASE_URL")
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, ledger.Config{URL: s.Database.Reveal()})
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return use(l)
}

// found says which order does not exist, if that is what is wrong.
func found(id order.ID, err error) error {
	if order.CodeOf(err) == order.CodeNotFound {
		return usageError{fmt.Errorf("there is no order %s, see extendbot orders list", id)}
	}
	return err
}

// sinceFlag is the flag --since of the commands that list.
func sinceFlag(cmd *cobra.Command, usual time.Duration) *time.Duration {
	return cmd.Flags().Duration("since", usual, "how far back, such as 24h")
}
