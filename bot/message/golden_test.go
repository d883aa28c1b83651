package message

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/order"
)

var update = flag.Bool("update", false, "rewrite the golden files of this package")

// golden compares a message with testdata/name.golden: its text, its blocks in a
// form that reads from top to bottom as Slack shows them, and what a phone shows.
func golden(t *testing.T, name string, m Message) {
	t.Helper()
	if err := wellFormed(m); err != nil {
		t.Errorf("not well formed: %v", err)
	}
	goldenText(t, name, "text: "+m.Text+"\n\n"+readable(m.Blocks)+"== on a phone\n"+onPhone(m.Blocks))
}

func readable(blocks []slack.Block) string {
	var b strings.Builder
	for _, block := range blocks {
		switch block := block.(type) {
		case *slack.HeaderBlock:
			fmt.Fprintf(&b, "# %s\n\n", block.Text.Text)
		case *slack.DividerBlock:
			b.WriteString("----\n\n")
		case *slack.SectionBlock:
			if block.Text != nil {
				fmt.Fprintf(&b, "%s\n\n", block.Text.Text)
			}
			for _, f := range block.Fields {
				fmt.Fprintf(&b, "| %s\n", strings.ReplaceAll(f.Text, "\n", " "))
			}
			if len(block.Fields) > 0 {
				b.WriteString("\n")
			}
			if block.Accessory != nil && block.Accessory.ButtonElement != nil {
				fmt.Fprintf(&b, "%s\n", readableButton(block.Accessory.ButtonElement))
			}
		case *slack.ContextBlock:
			for _, e := range block.ContextElements.Elements {
				fmt.Fprintf(&b, "~ %s\n", e.(*slack.TextBlockObject).Text)
			}
			b.WriteString("\n")
		case *slack.ActionBlock:
			for _, e := range block.Elements.ElementSet {
				b.WriteString(readableButton(e.(*slack.ButtonBlockElement)))
			}
			b.WriteString("\n")
		default:
			fmt.Fprintf(&b, "!! %s\n\n", block.BlockType())
		}
	}
	return b.String()
}

func readableButton(button *slack.ButtonBlockElement) string {
	line := fmt.Sprintf("[%s] %s %s %s, spoken %q\n", button.Text.Text, button.Style, button.ActionID, button.Value, button.AccessibilityLabel)
	if d := button.Confirm; d != nil {
		line += fmt.Sprintf("  confirm dialog %q: %s [%s] [%s]\n", d.Title.Text, d.Text.Text, d.Confirm.Text, d.Deny.Text)
	}
	return line
}

const testLimit = order.Hours(720)

var testNow = time.Date(2026, 3, 2, 10, 4, 5, 0, time.UTC)

func euros(s string) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.RequireFromString(s)) }

// testOrder returns an order in a state, with everything that an order in that
// state has.
func testOrder(state order.State) order.Order {
	o := order.Order{
		ID: "06ppv9a8-kx3n7d2q", Version: 1, State: state,
		Person: order.Person{Team: "T0TEAM", User: "U0ALICE"}, Channel: "C0OPS",
		Account:  "user12345-6789-0123-4567-890123456789",
		Server:   order.Server{Name: "web-1", ID: "a6bbde9c-c6df-11f0-8cdf-525400792197"},
		Hours:    72,
		Estimate: order.Estimate{Amount: euros("1.30"), From: order.PriceFromReceipt}, Currency: "EUR",
		CreatedAt: testNow.Add(-4 * time.Minute), ChangedAt: testNow, Deadline: testNow.Add(11 * time.Minute),
	}
	if state != order.Pending && state != order.Expired {
		o.DecidedBy, o.DecidedAt = "U0ALICE", testNow.Add(-2*time.Second)
	}
	switch state {
	case order.Declined:
		o.DecidedBy = "U0CARO"
	case order.Refused:
		o.Reason = "Insufficient balance"
	case order.Unknown:
		o.Reason = "0xhost did not answer in time"
	case order.NotPlaced:
		o.Reason = "not in the list of orders, checked by hand"
	case order.Placed:
		o.Receipt = testReceipt()
	}
	return o
}

func testReceipt() *order.Receipt {
	return &order.Receipt{
		OrderID: "13587d01-c8cd-11f0-8cdf-525400792197", Type: order.RenewServer,
		Amount: euros("1.30"), BalanceBefore: euros("3328.78"), Currency: "EUR", Hours: 72,
		ServerID: "a6bbde9c-c6df-11f0-8cdf-525400792197", ServerName: "vm-demo-server", ServerStatus: "active",
		Address: "192.0.2.102", Location: "Slovenia", PlanID: "5", PlanPrice: euros("12.99"),
		ExpiresAt: time.Date(2026, 3, 12, 15, 40, 31, 0, time.UTC),
		OwnerID:   "user12345-6789-0123-4567-890123456789", Took: 412345 * time.Microsecond,
	}
}

// leaseOf returns a lease whose last order has this receipt, which states its end.
func leaseOf(r *order.Receipt) order.Lease {
	if r == nil {
		return order.Lease{}
	}
	return order.Lease{ExpiresAt: r.ExpiresAt, From: order.LeaseFromReceipt, Last: &order.Order{Receipt: r}}
}

func testView(o order.Order) OrderView { return OrderView{Order: o, Now: testNow, Currency: "EUR"} }

// goldenText compares a text with testdata/name.golden.
func goldenText(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), run go test -update to rewrite it:\n%s", path, diff)
	}
}
