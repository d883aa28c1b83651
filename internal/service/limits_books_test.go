package service_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// The people and servers of a crowd, for each of its two accounts, and the cards that each
// person asks for in each round.
const (
	crowdPeople  = 3
	crowdServers = 3
	crowdCards   = 3
	crowdRounds  = 3
)

// crowdPause is the time between two rounds: two of them are within a limit's day.
const crowdPause = 13 * time.Hour

// crowdLimit is a limit, and what 0xhost's charges say about it.
type crowdLimit struct {
	text string
	most int64 // hours, or euros: an hour costs one
	of   func(c *crowd, charge oxhostsim.Charge) string
}

var crowdLimits = []crowdLimit{
	{"{per: person, within: 24h, hours: 70}", 70, func(c *crowd, charge oxhostsim.Charge) string { return c.asked[charge.Hours] }},
	{`{per: server, within: 24h, amount: "60"}`, 60, func(_ *crowd, charge oxhostsim.Charge) string { return charge.ServerID }},
	{`{per: account, within: 24h, amount: "110"}`, 110, func(_ *crowd, charge oxhostsim.Charge) string { return charge.AccountID }},
	{"{per: all, within: 24h, hours: 190}", 190, func(*crowd, oxhostsim.Charge) string { return "all" }},
}

// crowd are people who all ask and press at the same time. Nobody asks for the same hours
// twice, so that a charge says who asked.
type crowd struct {
	*limited

	random *rand.Rand
	people []crowdPerson
	hours  []int          // to be asked for
	asked  map[int]string // by hours: the person
}

type crowdPerson struct {
	id, channel, account string
	servers              []string
}

// crowdCard is a card of a person.
type crowdCard struct {
	by   crowdPerson
	ts   string
	id   order.ID
	text string
}

// Whoever asks and presses at the same time, and however their orders end: what 0xhost
// charges within the time of a limit is never more than the limit. On PostgreSQL, two
// processes share the presses.
func TestLimits_NeverExceededInBooks(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Options = append(h.Options, servicetest.FastLookups, service.WithPauses(order.Pauses{Lists: 100 * time.Millisecond}))
		c := newCrowd(h)
		h.Start()
		if !strings.HasPrefix(h.Settings.Database.Reveal(), "sqlite:") {
			startReplica(h)
			h.WaitConnections(4)
		}
		before, last := 0, 0
		for range crowdRounds {
			c.round()
			charges := h.Oxhost.Charges()
			c.wantWithin(charges[before:])
			before, last = last, len(charges)
			c.pass(crowdPause)
		}
		if stopped := strings.Count(h.Log.String(), `msg="a click was refused" code=over_limit`); stopped == 0 || last < 2*crowdRounds {
			h.T.Errorf("limits stopped %d presses, and 0xhost charged %d orders", stopped, last)
		}
	})
}

// newCrowd puts the people, channels and servers on a stage, with their policy: what is for
// more than 40 hours needs dave.
func newCrowd(h *servicetest.Harness) *crowd {
	h.T.Helper()
	seed := rand.Uint64()
	h.T.Cleanup(func() {
		if h.T.Failed() {
			h.T.Logf("the seed is %d", seed)
		}
	})
	c := &crowd{limited: newLimited(h), random: rand.New(rand.NewPCG(seed, 0)), asked: map[int]string{}}
	for _, n := range c.random.Perm(2 * crowdPeople * crowdCards * crowdRounds) {
		c.hours = append(c.hours, 7+n)
	}
	var servers, people, limits strings.Builder
	for a, account := range []string{stage.AliceAccount, stage.BobAccount} {
		var names []string
		for s := range crowdServers {
			name := fmt.Sprintf("srv-%d-%d", a, s)
			names = append(names, name)
			h.AddServer(stage.Server{ID: name, Account: account, PlanPrice: euros(720)})
			fmt.Fprintf(&servers, "  %s: {id: %s, price: \"720\"}\n", name, name)
		}
		for n := range crowdPeople {
			p := crowdPerson{fmt.Sprintf("U0P%dX%d", a, n), fmt.Sprintf("C0P%dX%d", a, n), account, names}
			h.Slack.AddUser(slacksim.User{ID: p.id})
			h.AddChannel(stage.Channel{ID: p.channel, Name: strings.ToLower(p.channel)})
			h.Slack.Join(p.channel, p.id)
			h.Slack.Join(p.channel, stage.Dave)
			fmt.Fprintf(&people, "  %s: {account: %s}\n", p.id, account)
			c.people = append(c.people, p)
		}
	}
	for _, l := range crowdLimits {
		fmt.Fprintf(&limits, "  - %s\n", l.text)
	}
	h.UsePolicy(fmt.Sprintf("servers:\n%speople:\n%slimits:\n%sapprovals:\n  - {name: long, when: {hours_over: 40}, approvers: [%s]}\nadmins: [%s]\n", &servers, &people, &limits, stage.Dave, stage.Dave))
	return c
}

// round lets everybody ask, then press, and waits until each order has its outcome.
func (c *crowd) round() {
	c.T.Helper()
	c.fail()
	var asking, pressing sync.WaitGroup
	cards := make([][]crowdCard, len(c.people))
	for i, p := range c.people {
		var texts []string
		for range crowdCards {
			hours := c.hours[len(c.asked)]
			c.asked[hours] = p.id
			texts = append(texts, fmt.Sprintf("%s %d", p.servers[c.random.IntN(len(p.servers))], hours))
		}
		asking.Go(func() {
			for _, text := range texts {
				if card, ok := c.ask(p, text); ok {
					cards[i] = append(cards[i], card)
				}
			}
		})
	}
	asking.Wait()
	all := slices.Concat(cards...)
	for _, card := range all {
		for _, user := range []string{card.by.id, stage.Dave} {
			pressing.Go(func() { c.press(card, user) })
		}
	}
	pressing.Wait()
	for _, card := range all {
		c.end(card)
	}
}

// fail makes 0xhost refuse some of the next orders, lose the answers of some, before or
// after it charged them, and throttle some.
func (c *crowd) fail() {
	c.Oxhost.Clear(oxhostsim.CreateOrder)
	for _, f := range []oxhostsim.Fault{
		status(402), status(429), {Kind: oxhostsim.Reset, Stage: oxhostsim.BeforeCharge}, {Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge},
	} {
		if c.random.IntN(2) == 0 {
			servers := c.people[c.random.IntN(len(c.people))].servers
			f.ServerID = servers[c.random.IntN(len(servers))]
			c.Oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		}
	}
}

// ask asks for an order, and returns its card, unless it is refused.
func (c *crowd) ask(p crowdPerson, text string) (card crowdCard, ok bool) {
	seen := map[string]bool{}
	for _, m := range c.Slack.Messages(p.channel) {
		seen[m.TS] = true
	}
	d, err := c.Slack.Command(c.Ctx, slacksim.SlashCommand{User: p.id, Channel: p.channel, Command: "/extend", Text: text})
	if err != nil {
		c.T.Errorf("/extend %s: %v", text, err)
	}
	if err != nil || d.AckText() != "" {
		return card, false
	}
	m, err := c.Slack.WaitMessage(c.Ctx, p.channel, func(m slacksim.Message) bool { return !seen[m.TS] && servicetest.IsOpen(m) })
	if err != nil {
		c.T.Errorf("no card for %s: %v", text, err)
		return card, false
	}
	button, _ := m.Button("order_confirm")
	return crowdCard{p, m.TS, order.ID(button.Value), text}, true
}

// press presses a card up to three times: another order may have held or extended the
// server meanwhile.
func (c *crowd) press(card crowdCard, user string) {
	for range 3 {
		_, err := c.Slack.Click(c.Ctx, slacksim.Click{User: user, Channel: card.by.channel, TS: card.ts, ActionID: "order_confirm"})
		switch {
		case errors.Is(err, slacksim.ErrNoSuchButton): // it is decided
			return
		case err != nil:
			c.T.Errorf("%s presses %s: %v", user, card.text, err)
			return
		}
	}
}

// end waits until an order has its outcome. What is unknown is looked up, and settled by
// the operator, from 0xhost's books. A card that still waits is withdrawn.
func (c *crowd) end(card crowdCard) {
	c.T.Helper()
	c.WaitUntil(func() bool {
		o, err := c.Service.Ledger.Order(c.Ctx, card.id)
		if err == nil && o.State == order.Unknown {
			charged := slices.ContainsFunc(c.Oxhost.Charges(), func(charge oxhostsim.Charge) bool { return charge.Hours == int(o.Hours) })
			o, err = c.Service.Desk.Settle(c.Ctx, order.Settlement{ID: o.ID, Who: "operator", Placed: charged, Why: "0xhost's books"})
		}
		if err != nil && order.CodeOf(err) != order.CodeConflict { // the lookup was faster
			c.T.Fatal(err)
		}
		return !o.State.Holds()
	}, func() string { return card.text + " has no outcome" })
	_, err := c.Slack.Click(c.Ctx, slacksim.Click{User: card.by.id, Channel: card.by.channel, TS: card.ts, ActionID: "order_cancel"})
	if err != nil && !errors.Is(err, slacksim.ErrNoSuchButton) {
		c.T.Error(err)
	}
}

// wantWithin fails the test if charges, all within the time of each limit, exceed one.
func (c *crowd) wantWithin(charges []oxhostsim.Charge) {
	c.T.Helper()
	for _, l := range crowdLimits {
		sums := map[string]decimal.Decimal{}
		for _, charge := range charges {
			of := l.of(c, charge)
			if sums[of] = sums[of].Add(charge.Amount); !charge.Amount.Equal(euros(int64(charge.Hours))) {
				c.T.Errorf("0xhost charged %s for %d hours", charge.Amount, charge.Hours)
			}
		}
		for of, sum := range sums {
			if sum.GreaterThan(euros(l.most)) {
				c.T.Errorf("0xhost charged %s for %s: over the limit %s", sum, of, l.text)
			}
		}
	}
}
