package service_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/bot/message"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
	"extendbot/order"
	"extendbot/oxhost"
)

// Whatever 0xhost writes into the fields of a successful answer, the receipt is
// recorded and appears in the thread, and what is odd gets attention instead of
// a ✅.
func TestReceipt_OddAnswersAreShown(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for _, test := range []struct{ field, value, want string }{
		{"server_status.expire_date", "2020-01-01 00:00:00", "is in the past"},
		{"server_status.expire_date", "2020-01-01T00:00:00+24:00", "is in the past"},
		{"server_status.expire_date", "9999999-01-01 00:00:00", servicetest.Receipt},
		{"server_status.expire_date", "9999-12-31T23:59:59-24:00", servicetest.Receipt},
		{"server_status.expire_date", "0000-01-01 00:00:00", servicetest.Receipt},
		{"amount", "99999999999.99", "99999999999.99 EUR, is more than the balance"},
		{"amount", "-5", "is negative"},
		{"server_status.status", "suspended", "is not active"},
		{"server_status.plan_price", "1e999999", servicetest.Receipt},
		{"server_status.name", "a\x00b\u202e" + strings.Repeat("x", 5000), servicetest.Receipt},
		{"server_status.location", "Root password: hunter2", servicetest.Receipt},
		{"order_id", "password=hunter2", "an id that is not valid"},
		{"order_id", strings.Repeat("7", 65), "an id that is not valid"},
	} {
		h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{test.field: test.value}}, 1)
		card := h.Request(stage.Alice, "web-1 24")
		h.Confirm(card)
		text := h.WaitReply(card, test.want).Flat()
		if attention := strings.Contains(text, "❗"); attention == strings.Contains(text, servicetest.Receipt) || strings.Contains(text, "hunter2") || !strings.Contains(text, ".43 EUR") && test.field != "amount" {
			t.Errorf("%s %q:\n%s", test.field, test.value, text)
		}
	}
}

// The message about an outcome keeps the hash of all history that led to it where
// nobody who can write the database can change it.
func TestReceipt_KeepsTheChain(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	receipt := h.WaitReply(card, servicetest.Receipt)
	history, err := h.Service.Ledger.History(t.Context(), h.OrderID(card))
	if err != nil {
		t.Fatal(err)
	}
	newest := history[len(history)-1]
	want := map[string]any{"event_type": "extendbot_order", "event_payload": map[string]any{
		"order": string(newest.Order), "version": float64(newest.Version), "state": "placed", "chain": newest.Chain,
	}}
	var got map[string]any
	if err := json.Unmarshal(receipt.Metadata, &got); err != nil {
		t.Fatalf("%s: %v", receipt.Metadata, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A receipt decoded from any answer is the same after it was stored, and Slack
// accepts the messages that show it.
func FuzzReceipt(f *testing.F) {
	var body []byte // of the next answer; an exchange happens before the next one
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(body)
	}))
	f.Cleanup(host.Close)
	direct := oxhost.WithProxy(func(*http.Request) (*url.URL, error) { return nil, nil })
	client, err := oxhost.New(host.URL, secret.New("the-api-key"), direct)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.Close)
	for _, fields := range []string{
		`"order_id":"a","amount":0.02,"balance_before":"3328.78","hours_purchased":"1","type":"renew_server"`,
		`"amount":99999999999.99,"balance_before":"-1e15","server_status":{"plan_price":"0.000000000000000000000001"}`,
		`"server_status":{"expire_date":"2026-02-19T15:40:31+24:00","status":"suspended"}`,
		`"server_status":{"expire_date":"9999-12-31T23:59:59-24:00","name":"\u0000\ud800"}`,
		`"server_status":{"expire_date":"9999999-01-01 00:00:00","id":"password=x","owner_id":"` + strings.Repeat("a", 65) + `"}`,
		`"server_status":{"expire_date":"2020-01-01 00:00:00","primary_ip":"<!channel>","location":"` + strings.Repeat("<`&", 2000) + `"}`,
		`"amount":1e999999,"hours_purchased":99999999999999999999`,
	} {
		f.Add([]byte(`{"success":true,` + fields + `}`))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		body = answer
		receipt, err := client.ExtendServer(t.Context(), order.Extension{Account: "acc", ServerID: "srv", Hours: 24})
		if err != nil {
			return
		}
		receipt.Currency, receipt.Took = "EUR", time.Second
		stored, err := json.Marshal(receipt)
		if err != nil {
			t.Fatal(err)
		}
		var read order.Receipt
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(receipt, read); diff != "" {
			t.Error(diff)
		}
		o := order.Order{
			ID: "id", State: order.Placed, Account: "acc", Server: order.Server{Name: "web-1", ID: "srv"}, Hours: 24,
			ChangedAt: time.Date(2026, 2, 18, 0, 0, 0, 0, time.UTC), Receipt: &read,
		}
		receiptMessage, ok := message.ThreadMessage(message.OrderView{Order: o, Currency: "EUR"})
		if !ok {
			t.Fatal("no thread message")
		}
		next := o
		next.State, next.Receipt = order.Pending, nil
		card := message.Card(message.OrderView{Order: next, Currency: "EUR", Lease: order.Lease{ExpiresAt: read.ExpiresAt}})
		for _, m := range []message.Message{receiptMessage, message.Card(message.OrderView{Order: o}), card} {
			if err := blockkit.Check(blockkit.Message, m.Blocks); err != nil || m.Text == "" {
				t.Errorf("%q: %v", m.Text, err)
			}
		}
	})
}
