package main

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// soon is a pace at which a test can watch: three look-ups, one question.
var soon = settling{
	lookUps:  []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, time.Second},
	askEvery: time.Hour,
}

// newSettlingPlay starts the program in a hurry, with bob as its admin.
func newSettlingPlay(t *testing.T, pace settling, edit ...func(*play)) *play {
	t.Helper()
	p := setStage(t, slacksim.Config{})
	p.tuning.settling, p.settings.Admins = pace, []string{stageBob}
	for _, e := range edit {
		e(p)
	}
	p.begin()
	return p
}

// lost is a card whose order was confirmed and whose answer was lost, after or
// before the charge.
func (p *play) lost(stage oxhostsim.Stage) slacksim.Message {
	p.t.Helper()
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: stage}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.noted(card)
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "may or may not have been spent")
	return card
}

// question waits for the message in the card's thread that asks people.
func (p *play) question(card slacksim.Message) slacksim.Message {
	p.t.Helper()
	return p.message(func(m slacksim.Message) bool {
		_, asks := m.Button("order_settle_placed")
		return asks && m.ThreadTS == card.TS
	})
}

// questions counts the messages that ask: all, and those with buttons.
func (p *play) questions() (all, open int) {
	for _, m := range p.slack.Messages(stageChannel) {
		if _, asks := m.Button("order_settle_placed"); asks {
			open++
		}
		if strings.Contains(m.Flat()+m.Text, "Please find out") || strings.Contains(m.Text, "asked again below") {
			all++
		}
	}
	return all, open
}

// twin is an order like that of the cards, made without the program.
func twin(p *play, edit ...func(*oxhostsim.Order)) {
	o := oxhostsim.Order{AccountID: stageAliceAccount, ServerID: stageWeb, Hours: 24}
	for _, e := range edit {
		e(&o)
	}
	p.oxhost.AddOrder(o)
}

func TestALostAnswerIsFoundInTheListWithinSeconds(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, settling{})
	card := p.lost(oxhostsim.AfterCharge)
	began := time.Now()
	word := p.word(card, "found in 0xhost's list")
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	charge := p.wantCharges(1, 1)[0]
	for _, fact := range []string{charge.OrderID, "0.43 EUR", "24 hours (1 day)", "neither balances"} {
		if !strings.Contains(word.Flat(), fact) {
			t.Errorf("the receipt lacks %q:\n%s", fact, word.Flat())
		}
	}
	p.saying(card, charge.OrderID)
	p.wantMetric("extendbot_orders_unknown", "0")
	p.wantMetric(`extendbot_look_ups_total{found="one"}`, "1")
	if n := p.metric(`extendbot_look_ups_total{found="none"}`); n != "" {
		t.Errorf("%s look-ups did not find it: the first one, after five seconds, has to", n)
	}
	p.card(stageAlice, "web-1 1") // the server is free again
	p.wantNoSecrets()
}

func TestEveryWayToLoseAnAnswerIsFoundInTheList(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, soon, func(p *play) {
		p.oxhost.SetListing(oxhostsim.Listing{PageSize: 2, OldestFirst: true, TypeNames: map[string]string{oxhostsim.TypeRenew: "extend"}})
	})
	faults := []oxhostsim.Fault{
		{Kind: oxhostsim.Half}, {Kind: oxhostsim.Hangup}, {Kind: oxhostsim.HalfChunked},
		{Kind: oxhostsim.Status, Code: 500}, {Kind: oxhostsim.Status, Code: 200, Body: "<html>"},
	}
	for _, f := range faults {
		f.Stage = oxhostsim.AfterCharge
		p.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		card := p.card(stageAlice, "web-1 24")
		p.noted(card)
		p.click(stageAlice, card, "order_confirm")
		p.word(card, "found in 0xhost's list")
	}
	seen := map[string]bool{}
	for _, c := range p.wantCharges(len(faults), len(faults)) {
		seen[c.OrderID] = true
	}
	list, err := p.v.ledger.List(p.ctx, time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.State != order.Placed || !seen[o.Receipt.OrderID] {
			t.Errorf("order %s is %s with %+v", o.ID, o.State, o.Receipt)
		}
		delete(seen, o.Receipt.OrderID) // nobody else may have it
	}
}

func TestWhatTheListDoesNotSettleIsAskedOfAnAdmin(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, soon)
	card := p.lost(oxhostsim.BeforeCharge)
	id := string(p.order(card).ID)
	p.wantMetric("extendbot_orders_unknown", "1")
	question := p.question(card)
	for _, fact := range []string{"<@" + stageBob + ">", id, "never sent again"} {
		if !strings.Contains(question.Flat(), fact) {
			t.Errorf("the question lacks %q:\n%s", fact, question.Flat())
		}
	}
	if got := p.extend(stageAlice, "web-1 1").AckText(); !strings.Contains(got, id) {
		t.Errorf("a new request was answered %q, want the order that stands in the way", got)
	}
	for _, user := range []string{stageAlice, stageMallory} {
		p.click(user, question, "order_settle_placed")
		p.told(user, "Only an admin")
	}
	if o := p.order(card); o.State != order.Unknown {
		t.Fatalf("the order is %s by somebody who may not", o.State)
	}
	p.click(stageBob, question, "order_settle_not_placed")
	p.word(card, "never went through")
	p.word(card, "<@"+stageBob+">")
	p.saying(card, "never went through")
	if _, open := p.questions(); open != 0 {
		p.message(func(m slacksim.Message) bool { return m.TS == question.TS && len(m.Buttons()) == 0 })
	}
	again := slacksim.Click{User: stageBob, Channel: stageChannel, TS: question.TS, ActionID: "order_settle_placed"}
	if _, err := p.slack.ClickRaw(p.ctx, again, id); err != nil {
		t.Fatal(err)
	}
	p.told(stageBob, "settled already")
	if o := p.order(card); o.State != order.NotPlaced || o.SettledBy != stageBob {
		t.Errorf("the order is %s by %q", o.State, o.SettledBy)
	}
	p.wantMetric("extendbot_orders_unknown", "0")
	next := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, next, "order_confirm")
	p.word(next, "Receipt")
	p.wantCharges(1, 2)
}

func TestAnAdminCanSayThatItWentThrough(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, soon, func(p *play) { p.oxhost.SetListing(oxhostsim.Listing{Hidden: true}) })
	card := p.lost(oxhostsim.AfterCharge)
	p.click(stageBob, p.question(card), "order_settle_placed")
	p.word(card, "went through")
	p.saying(card, "went through")
	if o := p.order(card); o.State != order.Placed || o.Receipt == nil || o.Receipt.Listed {
		t.Errorf("the order is %s with %+v", o.State, o.Receipt)
	}
	p.wantCharges(1, 1)
}

func TestAListThatProvesNothingSettlesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage  oxhostsim.Stage
		before func(p *play) // the card is made
		after  func(p *play) // the card is made and noted
		says   string        // the question, of the list
		noNote bool          // the list cannot be noted either
	}{
		"two that could be it":  {stage: oxhostsim.AfterCharge, says: "2 orders that fit", after: func(p *play) { twin(p) }},
		"an identical older":    {stage: oxhostsim.BeforeCharge, says: "no new order", before: func(p *play) { twin(p) }},
		"nothing is listed":     {stage: oxhostsim.AfterCharge, says: "no new order", before: func(p *play) { p.oxhost.SetListing(oxhostsim.Listing{Hidden: true}) }},
		"of other hours":        {stage: oxhostsim.BeforeCharge, says: "no new order", after: func(p *play) { twin(p, func(o *oxhostsim.Order) { o.Hours = 25 }) }},
		"of another server":     {stage: oxhostsim.BeforeCharge, says: "no new order", after: func(p *play) { twin(p, func(o *oxhostsim.Order) { o.ServerID = stageDB }) }},
		"one that is cancelled": {stage: oxhostsim.BeforeCharge, says: "may belong to something else", after: func(p *play) { twin(p, func(o *oxhostsim.Order) { o.Status = "cancelled" }) }},
		"another plan":          {stage: oxhostsim.BeforeCharge, says: "no new order", after: func(p *play) { twin(p, func(o *oxhostsim.Order) { o.Type = oxhostsim.TypeScale }) }},
		"pages are ignored": {stage: oxhostsim.AfterCharge, says: "was not recorded", before: func(p *play) {
			twin(p, func(o *oxhostsim.Order) { o.Hours = 1 })
			p.oxhost.SetListing(oxhostsim.Listing{PageSize: 1, IgnoresPage: true})
		}},
		"list_order is missing": {stage: oxhostsim.AfterCharge, says: "cannot be read", noNote: true, before: func(p *play) {
			p.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 404, Body: "<html>"}, -1)
		}},
		"list_order fails later": {stage: oxhostsim.AfterCharge, says: "cannot be read", after: func(p *play) {
			p.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 500}, -1)
		}},
		"list_order lies": {stage: oxhostsim.AfterCharge, says: "cannot be read", after: func(p *play) {
			p.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Body: `{"success":true,"data":"none"}`}, -1)
		}},
		"list_order floods": {stage: oxhostsim.AfterCharge, says: "cannot be read", noNote: true, before: func(p *play) {
			p.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Flood, Size: 2 << 20}, -1)
		}},
		"list_order hangs": {stage: oxhostsim.AfterCharge, says: "cannot be read", noNote: true, before: func(p *play) {
			p.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, -1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newSettlingPlay(t, soon, func(p *play) {
				if c.noNote {
					p.settings.OxhostTimeout = 5 * time.Second // a list that hangs takes that long
				}
			})
			if c.before != nil {
				c.before(p)
			}
			p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: c.stage}, 1)
			card := p.card(stageAlice, "web-1 24")
			if !c.noNote {
				p.noted(card)
			}
			if c.after != nil {
				c.after(p)
			}
			p.click(stageAlice, card, "order_confirm")
			if question := p.question(card); !strings.Contains(question.Flat(), c.says) {
				t.Errorf("the question does not say %q:\n%s", c.says, question.Flat())
			}
			if o := p.order(card); o.State != order.Unknown {
				t.Errorf("the order is %s: %s", o.State, o.Reason)
			}
			p.wantCharges(int(c.stage), 1)
		})
	}
}

func TestAListThatLagsSettlesLate(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, settling{lookUps: []time.Duration{10 * time.Millisecond, 3 * time.Second}}, func(p *play) {
		p.oxhost.SetListing(oxhostsim.Listing{Lag: 2 * time.Second})
	})
	card := p.lost(oxhostsim.AfterCharge)
	p.word(card, "found in 0xhost's list")
	p.wantCharges(1, 1)
}

func TestANoteThatFailsStopsNoOrder(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]oxhostsim.Fault{
		"hang": {Kind: oxhostsim.Hang}, "404": {Kind: oxhostsim.Status, Code: 404}, "reset": {Kind: oxhostsim.Reset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newSettlingPlay(t, soon)
			p.oxhost.Fail(oxhostsim.ListOrder, f, -1)
			began := time.Now()
			card := p.card(stageAlice, "web-1 24")
			p.click(stageAlice, card, "order_confirm")
			p.word(card, "Receipt")
			if took := time.Since(began); took > 20*time.Second { // a list that hangs would take longer
				t.Errorf("card and order took %s", took)
			}
			p.wantCharges(1, 1)
		})
	}
}

func TestARestartDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, soon)
	card := p.lost(oxhostsim.BeforeCharge)
	p.question(card)
	for range 2 {
		p.end()
		p.begin()
		next := p.card(stageBob, "db-1 1") // due work of the last start is done by now
		p.click(stageBob, next, "order_cancel")
		p.saying(next, "cancelled")
	}
	if all, open := p.questions(); all != 1 || open != 1 {
		t.Errorf("after two restarts there are %d questions, %d with buttons", all, open)
	}
}

func TestTheQuestionComesAgainAfterTheInterval(t *testing.T) {
	t.Parallel()
	p := newSettlingPlay(t, settling{lookUps: soon.lookUps, askEvery: 2 * time.Second})
	card := p.lost(oxhostsim.BeforeCharge)
	first := p.question(card)
	p.end()
	p.begin()
	second := p.message(func(m slacksim.Message) bool {
		_, asks := m.Button("order_settle_placed")
		return asks && m.TS != first.TS
	})
	p.message(func(m slacksim.Message) bool { return m.TS == first.TS && len(m.Buttons()) == 0 })
	if second.ThreadTS != card.TS {
		t.Error("the second question is not in the thread")
	}
}

func TestTheCommandLineSettlesAndTheQuestionLosesItsButtons(t *testing.T) {
	p := newSettlingPlay(t, soon, func(p *play) { p.settings.Admins = nil })
	card := p.lost(oxhostsim.BeforeCharge)
	id := string(p.order(card).ID)
	question := p.word(card, "Please find out")
	if len(question.Buttons()) != 0 || !strings.Contains(question.Flat(), "extendbot orders settle "+id) {
		t.Errorf("without admins the question is:\n%s", question.Flat())
	}
	raw := slacksim.Click{User: stageAlice, Channel: stageChannel, TS: question.TS, ActionID: "order_settle_placed"}
	if _, err := p.slack.ClickRaw(p.ctx, raw, id); err != nil {
		t.Fatal(err)
	}
	p.told(stageAlice, "Only an admin")
	t.Setenv("DATABASE_URL", p.settings.Database.Reveal())
	code, out := command(t, "orders", "settle", id, "--placed", "--order-id", "hx-77", "--why", "seen in the client area")
	if code != exitOK || !strings.Contains(out, "placed") {
		t.Errorf("exit code %d: %s", code, out)
	}
	p.word(card, "seen in the client area")
	p.word(card, "hx-77")
	p.saying(card, "went through")
	p.message(func(m slacksim.Message) bool { return m.TS == question.TS && strings.Contains(m.Text, "is settled") })
	p.wantCharges(0, 1)
}

func TestTheCommandLineGivesNoOrderOfTheHostToTwoOrders(t *testing.T) {
	p := newSettlingPlay(t, soon)
	first := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, first, "order_confirm")
	p.word(first, "Receipt")
	taken := p.wantCharges(1, 1)[0].OrderID
	lost := p.lost(oxhostsim.BeforeCharge)
	id := string(p.order(lost).ID)
	t.Setenv("DATABASE_URL", p.settings.Database.Reveal())
	code, out := command(t, "orders", "settle", id, "--placed", "--order-id", taken, "--why", "seen in the client area")
	if owner := string(p.order(first).ID); code != exitFailure || !strings.Contains(out, taken) || !strings.Contains(out, owner) {
		t.Errorf("exit code %d: %s; want order %s named", code, out, owner)
	}
	if o := p.order(lost); o.State != order.Unknown {
		t.Errorf("the order is %s", o.State)
	}
	code, out = command(t, "orders", "settle", id, "--not-placed", "--why", "0xhost has no other order")
	if code != exitOK {
		t.Errorf("exit code %d: %s", code, out)
	}
	p.word(lost, "never went through")
}
