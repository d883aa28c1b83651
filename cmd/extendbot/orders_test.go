package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

// Every command writes an amount as Slack shows it: with at least two decimals.
func TestOrders_AmountsHaveTwoDecimals(t *testing.T) {
	placed := order.Order{ID: "an-order", State: order.Placed, Receipt: &order.Receipt{
		Amount: decimal.NewNullDecimal(decimal.RequireFromString("3.5")), Currency: "EUR",
	}}
	for name, write := range map[string]func(out io.Writer) error{
		"list":   func(out io.Writer) error { return printList(out, []order.Order{placed}) },
		"show":   func(out io.Writer) error { return printOrder(out, placed, nil, nil) },
		"export": func(out io.Writer) error { return exportCSV(out, []order.Order{placed}) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil || !strings.Contains(out.String(), "3.50") {
			t.Errorf("%s: %v\n%s", name, err, &out)
		}
	}
}

// Every command has how long was asked for, as it was typed, and why. Older
// orders have neither. The new columns of the export are the last ones.
func TestOrders_AskedForAndWhy(t *testing.T) {
	asked := order.Order{ID: "an-order", Hours: 72, Typed: "3 days", Purpose: "the demo is on Monday"}
	older := order.Order{ID: "an-older-order", Hours: 72}
	var list, show, export bytes.Buffer
	if err := errors.Join(printList(&list, []order.Order{asked, older}), printOrder(&show, asked, nil, nil), exportCSV(&export, []order.Order{asked, older})); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ out, has string }{
		"list":          {list.String(), "3 days (72 h)"},
		"list, why":     {list.String(), "the demo is on Monday\n"},
		"list, older":   {list.String(), "72 hours (3 days)"},
		"show":          {show.String(), "asked for  3 days (72 h)\n"},
		"show, why":     {show.String(), "because    the demo is on Monday\n"},
		"header":        {export.String(), ",why,asked_for,because,"},
		"export":        {export.String(), ",3 days,the demo is on Monday,"},
		"export, older": {export.String(), ",72,,,,,,,,,,,,\n"},
	} {
		if !strings.Contains(c.out, c.has) {
			t.Errorf("%s: %q is missing:\n%s", name, c.has, c.out)
		}
	}
}

// Every command has each approval, also those before the last one. Show and export have
// their times, and why an order was declined.
func TestOrders_Approvals(t *testing.T) {
	at := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	o := order.Order{ID: "an-order", DeclineReason: "no budget", Approvals: []order.Approval{{User: "U0CARO", At: at}, {User: "U0DAVE", At: at.Add(time.Hour)}}}
	var list, show, export bytes.Buffer
	o.State, o.DecidedBy = order.Declined, "U0ERIN"
	steps := []ledger.HistoryRow{{Entry: order.Entry{From: order.Pending, To: order.Pending, Who: "U0CARO", At: at}}}
	if err := errors.Join(printList(&list, []order.Order{o}), printOrder(&show, o, steps, nil), exportCSV(&export, []order.Order{o})); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ out, has string }{
		"list":   {list.String(), "  U0CARO, U0DAVE  "},
		"reason": {list.String(), "  declined by U0ERIN: no budget  "},
		"no":     {show.String(), "declined by       U0ERIN\n"},
		"step":   {show.String(), "2026-11-27 10:00:00 UTC  one approval  U0CARO"},
		"show":   {show.String(), "approved by       U0CARO 2026-11-27 10:00:00 UTC, U0DAVE 2026-11-27 11:00:00 UTC\n"},
		"why":    {show.String(), "declined because  no budget\n"},
		"header": {export.String(), ",because,approvals,decline_reason,"},
		"export": {export.String(), `,"U0CARO 2026-11-27T10:00:00Z, U0DAVE 2026-11-27T11:00:00Z",no budget,`},
	} {
		if !strings.Contains(c.out, c.has) {
			t.Errorf("%s: %q is missing:\n%s", name, c.has, c.out)
		}
	}
}

// Show has the estimate, from where it was, and what the charge differs by; a row with a
// new estimate is no approval. The export has the estimate in its last columns. Orders of
// versions that did not estimate have nothing of it.
func TestOrders_Estimate(t *testing.T) {
	amount := func(s string) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.RequireFromString(s)) }
	charged := func(estimate order.Estimate, charge string) order.Order {
		return order.Order{ID: "an-order", State: order.Placed, Estimate: estimate, Currency: "EUR", Receipt: &order.Receipt{Amount: amount(charge), Currency: "EUR"}}
	}
	listed := order.Estimate{Amount: amount("0.4"), From: order.PriceFromList}
	changed := []ledger.HistoryRow{{Entry: order.Entry{From: order.Pending, To: order.Pending, Who: order.Bot, Why: "it is expected to cost 0.40"}}}
	for name, c := range map[string]struct {
		o                   order.Order
		show, amount, cells string
	}{
		"more":      {charged(listed, "0.5"), "estimate   0.40 EUR, from 0xhost's list of orders\n", "0.50 EUR (0.10 more than the estimate)\n", ",0.40,EUR,list\n"},
		"less":      {charged(listed, "0.3"), "estimate   0.40 EUR, from 0xhost's list of orders\n", "0.30 EUR (0.10 less than the estimate)\n", ",0.40,EUR,list\n"},
		"the same":  {charged(listed, "0.40"), "estimate   0.40 EUR, from 0xhost's list of orders\n", "0.40 EUR\n", ",0.40,EUR,list\n"},
		"unknown":   {charged(order.Estimate{From: order.PriceFailed}, "0.40"), "estimate   not known: 0xhost's list of orders could not be read\n", "0.40 EUR\n", ",,EUR,list_failed\n"},
		"unwritten": {charged(order.Estimate{From: "another version"}, "0.40"), "estimate   not known: another version\n", "0.40 EUR\n", ",,EUR,another version\n"},
	} {
		var show, export bytes.Buffer
		if err := errors.Join(printOrder(&show, c.o, changed, nil), exportCSV(&export, []order.Order{c.o})); err != nil {
			t.Fatal(err)
		}
		for _, has := range []string{c.show, "amount     " + c.amount, "  new estimate  extendbot  it is expected to cost 0.40\n"} {
			if !strings.Contains(show.String(), has) {
				t.Errorf("%s: %q is missing:\n%s", name, has, &show)
			}
		}
		if !strings.Contains(export.String(), ",decline_reason,estimate,estimate_currency,estimate_from\n") || !strings.HasSuffix(export.String(), c.cells) {
			t.Errorf("%s: %s", name, &export)
		}
	}
	var show bytes.Buffer
	if err := printOrder(&show, order.Order{ID: "an-older-order"}, nil, nil); err != nil || strings.Contains(show.String(), "estimate") {
		t.Errorf("%v: %s", err, &show)
	}
}
