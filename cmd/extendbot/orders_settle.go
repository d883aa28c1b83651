package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

func ordersSettleCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settle ID (--placed [--order-id ID] | --not-placed) --why TEXT",
		Short: "Record the outcome of an order whose outcome is unknown",
		Long: "For ten minutes, extendbot looks for an order with an unknown outcome in 0xhost's list of orders. If that\n" +
			"does not settle it, a person has to: with this command or, if ADMINS is set, with the buttons in the\n" +
			"order's thread.\n\n" +
			"First look for the order at 0xhost. What you record is final: it is kept in the history with your name\n" +
			"and posted in the order's thread, and the server can be extended again. The order is never sent again.",
		Example: "  extendbot orders settle 06ppv9a8-kx3n7d2q --placed --order-id 13587d01 --why \"seen in the client area\"\n" +
			"  extendbot orders settle 06ppv9a8-kx3n7d2q --not-placed --why \"0xhost's support says so\"",
		Args: oneArg("the id of an order"),
	}
	placed := cmd.Flags().Bool("placed", false, "0xhost placed the order")
	notPlaced := cmd.Flags().Bool("not-placed", false, "0xhost did not place the order")
	hostID := cmd.Flags().String("order-id", "", "with --placed: the id of the order at 0xhost")
	why := cmd.Flags().String("why", "", "how you know, for the history")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *placed == *notPlaced:
			return usageError{errors.New("give either --placed or --not-placed")}
		case strings.TrimSpace(*why) == "":
			return usageError{errors.New("--why is required: how do you know?")}
		case *hostID != "" && (!*placed || !order.ValidHostID(*hostID)):
			return usageError{errors.New("--order-id must be an order id from 0xhost, and needs --placed")}
		}
		id, err := orderID(args[0])
		if err != nil {
			return err
		}
		settlement := order.Settlement{ID: id, Who: operator(), Placed: *placed, HostID: *hostID, Why: *why}
		return withLedger(cmd.Context(), func(l *ledger.Ledger) error { return settle(cmd.Context(), term, l, settlement) })
	}
	return cmd
}

func settle(ctx context.Context, term terminal, l *ledger.Ledger, settlement order.Settlement) error {
	s, err := settings.LoadSome("CURRENCY")
	if err != nil {
		return err
	}
	desk := order.NewDesk(order.Config{Ledger: l, Currency: s.Currency})
	o, err := desk.Settle(ctx, settlement)
	switch order.CodeOf(err) {
	case "":
		_, err = fmt.Fprintf(term.out, "order %s is now %s; the serving process posts it in the thread\n", o.ID, o.State)
		return err
	case order.CodeConflict:
		return fmt.Errorf("order %s is %s: only an unknown outcome can be settled", settlement.ID, o.State)
	case order.CodeClaimed:
		other := "another order"
		if e, ok := errors.AsType[*order.Error](err); ok && e.Order != nil {
			other = "order " + string(e.Order.ID)
		}
		return fmt.Errorf("0xhost's order %s is already the outcome of %s", settlement.HostID, other)
	default:
		return nameMissing(settlement.ID, err)
	}
}

// operator returns the name of the person who runs the command.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "operator " + u.Username
	}
	return "operator"
}
