package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// Every command writes an amount as Slack shows it: with at least two decimals.
func TestOrders_AmountsHaveTwoDecimals(t *testing.T) {
	placed := order.Order{ID: "an-order", State: order.Placed, Receipt: &order.Receipt{
		Amount: decimal.NewNullDecimal(decimal.RequireFromString("3.5")), Currency: "EUR",
	}}
	for name, write := range map[string]func(out io.Writer) error{
		"list":   func(out io.Writer) error { return printList(out, []order.Order{placed}) },
		"show":   func(out io.Writer) error { return printOrder(out, placed, nil) },
		"export": func(out io.Writer) error { return exportCSV(out, []order.Order{placed}) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil || !strings.Contains(out.String(), "3.50") {
			t.Errorf("%s: %v\n%s", name, err, &out)
		}
	}
}
