package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"extendbot/ledger"
	"extendbot/order"
)

func ordersShowCommand(term terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show an order with its history",
		Args:  oneArg("the id of an order"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := orderID(args[0])
			if err != nil {
				return err
			}
			return withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				o, err := l.Order(cmd.Context(), id)
				if err != nil {
					return nameMissing(id, err)
				}
				history, err := l.History(cmd.Context(), id)
				if err != nil {
					return err
				}
				_, changed, err := l.VerifyOrder(cmd.Context(), id)
				if err != nil {
					return err
				}
				return printOrder(term.out, o, history, changed)
			})
		},
	}
}

// printOrder prints an order with its history, and first of all where the two are not
// what the program recorded.
func printOrder(out io.Writer, o order.Order, history []ledger.HistoryRow, changed []ledger.Difference) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			printRow(table, name, value)
		}
	}
	for _, d := range changed {
		line("CHANGED", d.String())
	}
	line("order", string(o.ID))
	line("state", string(o.State))
	line("why", o.Reason)
	line("server", strings.TrimSpace(o.Server.Name+" "+o.Server.ID))
	line("asked for", o.RentalTime())
	line("because", o.Purpose)
	line("account", o.Account)
	line("asked by", o.Person.User+" in "+o.Channel+" of "+o.Person.Team)
	line("approved by", approvals(o, timeLayout))
	line(decidedBy(o))
	line("declined because", o.DeclineReason)
	line("open until", formatTime(o.Deadline))
	line("estimate", formatEstimate(o))
	if r := o.Receipt; r != nil {
		line("0xhost order", r.OrderID)
		line("amount", formatAmount(o)+differenceToEstimate(o))
		line("expires", formatTime(r.ExpiresAt))
		for _, m := range r.Mismatches(o) {
			line("DIFFERS", fmt.Sprintf("%s: expected %s, 0xhost says %s", m.Field, m.Want, m.Got))
		}
	}
	line("chain", o.Chain)
	fmt.Fprintln(table)
	for _, e := range history {
		printRow(table, formatTime(e.At), step(e.Entry), e.Who, e.Why)
	}
	return table.Flush()
}

// step returns what one row of history did.
func step(e order.Entry) string {
	switch {
	case e.From != e.To:
		return string(e.To)
	case e.Approves():
		return "one approval"
	default:
		return "new estimate"
	}
}

// priceSources says from where an estimate is, or why there is none.
var priceSources = map[order.PriceSource]string{
	order.PriceFromReceipt: "from the last receipt of the server",
	order.PriceFromList:    "from 0xhost's list of orders",
	order.PriceFromPolicy:  "from the policy",
	order.PriceUnread:      "0xhost's list of orders had not been read",
	order.PriceFailed:      "0xhost's list of orders could not be read",
	order.PriceUnheard:     "the server was not ordered before",
}

// formatEstimate formats what an order was expected to cost, and from where that was
// known. It returns "" for orders of versions that did not estimate.
func formatEstimate(o order.Order) string {
	e := o.Estimate
	source := cmp.Or(priceSources[e.From], string(e.From))
	switch {
	case e.Known():
		return withCurrency(order.FormatAmount(e.Amount), o.Currency) + ", " + source
	case e.From == "":
		return ""
	default:
		return "not known: " + source
	}
}

// differenceToEstimate returns by how much the charge differs from the estimate, in
// parentheses, or "" if it does not or one of them is not known.
func differenceToEstimate(o order.Order) string {
	if formatAmount(o) == "" || !o.Estimate.Known() {
		return ""
	}
	switch more := o.Receipt.Amount.Decimal.Sub(o.Estimate.Amount.Decimal); more.Sign() {
	case 0:
		return ""
	case 1:
		return " (" + order.FormatAmount(decimal.NewNullDecimal(more)) + " more than the estimate)"
	default:
		return " (" + order.FormatAmount(decimal.NewNullDecimal(more.Neg())) + " less than the estimate)"
	}
}

// decidedBy returns who decided an order, with the name of that, or "" if the last of
// its approvals did.
func decidedBy(o order.Order) (name, who string) {
	switch {
	case o.State == order.Declined:
		return "declined by", o.DecidedBy
	case o.State == order.Cancelled:
		return "canceled by", o.DecidedBy
	case o.ApprovedBy(o.DecidedBy):
		return "decided by", ""
	default:
		return "decided by", o.DecidedBy
	}
}
