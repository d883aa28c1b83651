package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

func ordersSettleCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settle ID (--placed [--order-id ID] | --not-placed) --why TEXT [--by NAME]",
		Short: "Record the outcome of an order whose outcome is unknown",
		Long: "For ten minutes, extendbot looks for an order with an unknown outcome in 0xhost's list of orders. If that\n" +
			"does not settle it, a person has to: with this command or, if ADMINS is set, with the buttons in the\n" +
			"order's thread.\n\n" +
			"First look for the order at 0xhost. This command reads 0xhost's list of orders once more, and refuses\n" +
			"--not-placed while an order is listed that can be this one. What you record is final: it is kept in the\n" +
			"history with your name and posted in the order's thread, and the server can be extended again. The order is\n" +
			"never sent again.\n\n" +
			"The command cannot check who you are. It records the name that --by gives, or else your user name here.",
		Example: "  extendbot orders settle 06ppv9a8-kx3n7d2q --placed --order-id 13587d01 --why \"seen in the client area\"\n" +
			"  extendbot orders settle 06ppv9a8-kx3n7d2q --not-placed --why \"0xhost's support says so\"",
		Args: oneArg("the id of an order"),
	}
	placed := cmd.Flags().Bool("placed", false, "0xhost placed the order")
	notPlaced := cmd.Flags().Bool("not-placed", false, "0xhost did not place the order")
	hostID := cmd.Flags().String("order-id", "", "with --placed: the id of the order at 0xhost")
	why := cmd.Flags().String("why", "", "how you know, for the history")
	by := cmd.Flags().String("by", "", "your name, for the history (default: your user name on this machine)")
	unchecked := cmd.Flags().Bool("unchecked", false, "do not read 0xhost's list of orders first; the history says so")
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
		settlement := order.Settlement{ID: id, Who: operator(*by), Placed: *placed, HostID: *hostID, Why: *why}
		return withKeys(cmd.Context(), true, func(l *ledger.Ledger) error {
			return settle(cmd.Context(), term, l, settlement, *unchecked)
		})
	}
	return cmd
}

// settle records a settlement. Unless it is unchecked, 0xhost's list is read first.
func settle(ctx context.Context, term terminal, l *ledger.Ledger, settlement order.Settlement, unchecked bool) error {
	config, err := settleConfig(l, unchecked)
	if err != nil {
		return err
	}
	o, err := order.NewDesk(config).Settle(ctx, settlement)
	switch order.CodeOf(err) {
	case "":
		_, err = fmt.Fprintf(term.out, "order %s is now %s; the serving process posts it in the thread\n", o.ID, o.State)
		return err
	case order.CodeConflict:
		return fmt.Errorf("order %s is %s: only an unknown outcome can be settled", settlement.ID, o.State)
	case order.CodeKeyUnknown:
		return fmt.Errorf("order %s was not settled: APPROVAL_KEY, or OXHOST_API_KEY without it, must have the value that extendbot serve has: %w", settlement.ID, err)
	case order.CodeListed:
		return fmt.Errorf("order %s was not settled: look at 0xhost again; --placed --order-id says that it is the listed one, --unchecked that it is not: %w", o.ID, err)
	case order.CodeNoList:
		return fmt.Errorf("order %s was not settled: try again, or record it without that list, with --unchecked: %w", o.ID, err)
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

// settleConfig configures a desk that can settle orders and, unless they are
// unchecked, read 0xhost's list.
func settleConfig(l *ledger.Ledger, unchecked bool) (order.Config, error) {
	config := order.Config{Ledger: l, Baselines: l}
	if unchecked {
		s, err := settings.LoadSome("CURRENCY")
		config.Currency = s.Currency
		return config, err
	}
	s, err := settings.LoadSome("CURRENCY", "OXHOST_API_KEY", "OXHOST_API_URL", "OXHOST_TIMEOUT", "OXHOST_TIMEZONE")
	if err != nil {
		return config, fmt.Errorf("0xhost's list of orders is read first, unless --unchecked is given: %w", err)
	}
	config.Currency = s.Currency
	client, err := service.NewOxhost(s, version)
	if err != nil {
		return config, err
	}
	config.HostOrders = client
	return config, nil
}

// operator returns the name of the person who runs the command: what they say it is,
// or else their user name on this machine.
func operator(name string) string {
	if name = strings.TrimSpace(name); name == "" {
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	return strings.TrimSpace("operator " + name)
}
