package main

import (
	"errors"
	"fmt"
	"os/user"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

func ordersSettleCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settle ID (--placed [--order-id ID] | --not-placed) --why TEXT",
		Short: "Say what became of an order whose outcome is unknown",
		Long: "extendbot looks an unknown outcome up in 0xhost's list of orders by itself, for ten minutes. What that\n" +
			"does not settle, somebody has to: with this command, or, if ADMINS are set, with the buttons in the\n" +
			"order's thread.\n\n" +
			"Look the order up at 0xhost first. The answer is final: it goes into the history with your name,\n" +
			"into the order's thread, and new orders for the server are taken again. Nothing is ever sent again.",
		Example: "  extendbot orders settle 06ppv9a8-kx3n7d2q --placed --order-id 13587d01 --why \"seen in the client area\"\n" +
			"  extendbot orders settle 06ppv9a8-kx3n7d2q --not-placed --why \"0xhost's support says so\"",
		Args: exactly(1, "the id of an order"),
	}
	placed := cmd.Flags().Bool("placed", false, "it went through")
	notPlaced := cmd.Flags().Bool("not-placed", false, "it never happened")
	hostID := cmd.Flags().String("order-id", "", "0xhost's id of the order, with --placed")
	why := cmd.Flags().String("why", "", "what this rests on")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *placed == *notPlaced:
			return usageError{errors.New("say one of --placed and --not-placed")}
		case *why == "":
			return usageError{errors.New("--why is required: what does this rest on?")}
		case *hostID != "" && (!*placed || !order.ValidHostID(*hostID)):
			return usageError{errors.New("--order-id goes with --placed and is an id of 0xhost")}
		}
		f := order.Settlement{ID: order.ID(args[0]), Who: operator(), Placed: *placed, HostID: *hostID, Why: *why}
		return withLedger(cmd.Context(), func(l *ledger.Ledger) error { return settle(cmd, term, l, f) })
	}
	return cmd
}

func settle(cmd *cobra.Command, term terminal, l *ledger.Ledger, f order.Settlement) error {
	s, err := settings.LoadSome("CURRENCY")
	if err != nil {
		return err
	}
	desk := order.NewDesk(order.Config{Ledger: l, Currency: s.Currency})
	o, err := desk.Settle(cmd.Context(), f)
	switch order.CodeOf(err) {
	case "":
		_, err = fmt.Fprintf(term.out, "order %s is %s; its thread will say so\n", o.ID, o.State)
		return err
	case order.CodeConflict:
		return fmt.Errorf("order %s is %s: only an unknown outcome can be settled", f.ID, o.State)
	case order.CodeClaimed:
		other := "another order"
		if e, ok := errors.AsType[*order.Error](err); ok && e.Order != nil {
			other = "order " + string(e.Order.ID)
		}
		return fmt.Errorf("0xhost's order %s is the outcome of %s already", f.HostID, other)
	default:
		return found(f.ID, err)
	}
}

// operator names whoever runs the command.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "operator " + u.Username
	}
	return "operator"
}
