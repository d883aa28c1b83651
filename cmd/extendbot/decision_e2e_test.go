package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

func TestOnlyTheRequesterDecides(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	for _, action := range []string{"order_confirm", "order_cancel"} {
		p.click(stageBob, card, action)
		p.told(stageBob, "<@"+stageAlice+">")
		p.click(stageMallory, card, action)
	}
	p.told(stageMallory, stageMallory)
	if o := p.order(card); o.State != order.Pending {
		t.Fatalf("the order is %s", o.State)
	}
	p.wantCharges(0, 0)
}

func TestAClickOnADecidedCardIsToldWhereTheOrderStands(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	button, _ := card.Button("order_confirm")
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	again := slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_cancel"}
	if _, err := p.slack.ClickRaw(p.ctx, again, button.Value); err != nil {
		t.Fatal(err)
	}
	p.told(stageAlice, "went through")
	p.wantCharges(1, 1)
}

func TestAClickWithAValueThatIsNoOrderIsAnswered(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	for _, value := range []string{"", "nobody", strings.Repeat("x", 2000), "<!channel>"} {
		c := slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_confirm"}
		if _, err := p.slack.ClickRaw(p.ctx, c, value); err != nil {
			t.Errorf("value %.20q: %v", value, err)
		}
	}
	p.told(stageAlice, "do not know this order")
	p.wantCharges(0, 0)
}

func TestTheRuleIsReadAgainAtTheClick(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(policy+".new", []byte(text), 0o600), os.Rename(policy+".new", policy)); err != nil {
			t.Fatal(err)
		}
	}
	const servers = "servers:\n  web-1: " + stageWeb + "\n"
	write(servers + "people:\n  " + stageAlice + ": {account: " + stageAliceAccount + "}\n")
	p := newPlay(t, func(s *settings.Settings) { s.Allowlist, s.Servers, s.PolicyFile = nil, nil, policy })
	card := p.card(stageAlice, "web-1 24")
	for name, text := range map[string]string{
		"she was taken off the list": servers + "people:\n  " + stageBob + ": {account: " + stageBobAccount + "}\n",
		"another account would pay":  servers + "people:\n  " + stageAlice + ": {account: " + stageBobAccount + "}\n",
		"the list cannot be read":    "people: [",
	} {
		write(text)
		if name == "the list cannot be read" {
			p.unrecorded(card)
		} else {
			p.click(stageAlice, card, "order_confirm")
		}
		if o := p.order(card); o.State != order.Pending {
			t.Errorf("%s: the order is %s", name, o.State)
		}
	}
	p.wantCharges(0, 0)
}

func TestADecisionThatCannotBeRecordedIsNotAcked(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.hurried()
	card := p.card(stageAlice, "web-1 24")
	release := p.lockDatabase()
	p.unrecorded(card)
	release()
	if o := p.order(card); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	p.wantCharges(1, 1)
}

// hurried starts the program again, to wait no longer for the ledger than it does
// by default.
func (p *play) hurried() {
	p.t.Helper()
	p.end()
	p.tuning.lockWait = 0
	p.begin()
}

// lockDatabase keeps the program from writing until it is released.
func (p *play) lockDatabase() (release func()) {
	p.t.Helper()
	db, err := sql.Open("sqlite", p.database()+"?_txlock=immediate&_pragma=busy_timeout(60000)")
	if err != nil {
		p.t.Fatal(err)
	}
	tx, err := db.BeginTx(context.WithoutCancel(p.ctx), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return func() {
		p.t.Helper()
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			p.t.Error(err)
		}
	}
}

func TestARefusalOf0xhostIsInTheThreadWithItsReason(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageBob, "db-1 24") // costs more than bob has
	p.click(stageBob, card, "order_confirm")
	p.word(card, "balance")
	p.saying(card, "did not go through")
	p.wantCharges(0, 1)
}

func TestAnUnknownOutcomeIsSaidAndHoldsTheServer(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // or it would be found after five seconds
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge}, 1)
	waiting := p.card(stageAlice, "web-1 48")
	card := p.card(stageAlice, "web-1 24")
	id := p.order(card).ID
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "may or may not have been spent")
	p.saying(card, string(id))

	if got := p.extend(stageAlice, "web-1 1").AckText(); !strings.Contains(got, string(id)) {
		t.Errorf("a new request was answered %q, want the order that stands in the way", got)
	}
	p.click(stageAlice, waiting, "order_confirm")
	p.told(stageAlice, string(id))
	p.card(stageBob, "db-1 1") // other servers are free
	p.wantCharges(1, 1)
}

func TestADifferenceBetweenOrderAndReceiptIsSaidLoudly(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{"hours_purchased": "1", "type": "scale_server"}}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	word := p.word(card, "something else than was approved")
	for _, fact := range []string{"24 hours (1 day)", "1 hour", "scale_server", "<@" + stageAlice + ">"} {
		if !strings.Contains(word.Flat(), fact) {
			t.Errorf("the receipt lacks %q:\n%s", fact, word.Flat())
		}
	}
}

func TestWhatProvablyWasNotSentIsTriedAgain(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 429, Body: "slow down"}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	p.wantCharges(1, 2)
}

func TestNoSecretLeavesWhateverHappens(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // what is unknown stays so until it is settled here
	for _, f := range []oxhostsim.Fault{
		{Kind: oxhostsim.Half, Stage: oxhostsim.AfterCharge},
		{Kind: oxhostsim.Status, Code: 500, Body: `{"success":true,"server_status":{"metadata":"password=x"}}`},
	} {
		p.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		card := p.card(stageAlice, "web-1 24")
		id := p.order(card).ID
		p.click(stageAlice, card, "order_confirm")
		p.word(card, "may or may not have been spent")
		if _, err := p.v.desk.Settle(p.ctx, order.Settlement{ID: id, Who: "ops", Placed: true, Why: "looked"}); err != nil {
			t.Fatal(err)
		}
	}
	p.oxhost.SetForm(oxhostsim.Form{Password: true})
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	p.end()
	p.wantNoSecrets()
}
