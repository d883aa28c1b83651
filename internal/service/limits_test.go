package service_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// limited is a stage for tests of limits: an hour of each server costs one euro, and the
// test can move the clock.
type limited struct {
	*servicetest.Harness

	ahead atomic.Int64
}

// limitServers are the names of the servers, by the account that rents them. The policy
// has no price for the new ones.
var limitServers = map[string][]string{
	stage.AliceAccount: {"one", "two", "three", "four", "new"},
	stage.BobAccount:   {"five", "six", "new-too"},
}

// newLimited puts the servers and dave on a stage on which nothing runs yet. Cards wait for
// days, so that windows can pass.
func newLimited(h *servicetest.Harness) *limited {
	h.T.Helper()
	l := &limited{Harness: h}
	h.Slack.AddUser(slacksim.User{ID: stage.Dave})
	h.Slack.Join(stage.Ops, stage.Dave)
	for account, names := range limitServers {
		h.Oxhost.SetBalance(account, euros(10_000))
		for _, name := range names {
			l.setPrice(name, 1)
		}
	}
	h.Settings.ConfirmTTL, h.Settings.ApproveTTL = 7*24*time.Hour, 7*24*time.Hour
	h.Options = append(h.Options, service.WithWallClock(l.now))
	return l
}

func euros(n int64) decimal.Decimal { return decimal.New(n, 0) }

// setPrice makes 0xhost charge this many euros for an hour of a server.
func (l *limited) setPrice(server string, price int64) {
	for account, names := range limitServers {
		for _, name := range names {
			if name == server {
				l.AddServer(stage.Server{ID: serverOf(name), Hostname: "vm-" + name, Account: account, PlanPrice: euros(720 * price)})
			}
		}
	}
}

func (l *limited) now() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }

// pass moves the clock.
func (l *limited) pass(d time.Duration) { l.ahead.Add(int64(d)) }

// limits runs a test on each database, with a policy.
func limits(t *testing.T, policy limitPolicy, test func(l *limited)) {
	t.Helper()
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		l := newLimited(h)
		l.use(policy)
		l.Start()
		test(l)
	})
}

// limitPolicy is a policy in which alice and carol order with alice's account and bob with
// his own, each for every server.
type limitPolicy struct {
	limits, approvals []string
	price             int    // of an hour; 0: one euro
	admins            string // default: dave
}

func (l *limited) use(p limitPolicy) {
	l.T.Helper()
	var text strings.Builder
	text.WriteString("servers:\n")
	for _, names := range limitServers {
		for _, name := range names {
			if strings.HasPrefix(name, "new") {
				fmt.Fprintf(&text, "  %s: %s\n", name, serverOf(name))
				continue
			}
			fmt.Fprintf(&text, "  %s: {id: %s, price: \"%d\"}\n", name, serverOf(name), 720*max(p.price, 1))
		}
	}
	text.WriteString("people:\n")
	for person, account := range map[string]string{stage.Alice: stage.AliceAccount, stage.Carol: stage.AliceAccount, stage.Bob: stage.BobAccount} {
		fmt.Fprintf(&text, "  %s: {account: %s}\n", person, account)
	}
	for name, list := range map[string][]string{"limits": p.limits, "approvals": p.approvals} {
		if len(list) > 0 {
			fmt.Fprintf(&text, "%s:\n  - %s\n", name, strings.Join(list, "\n  - "))
		}
	}
	if p.admins == "" {
		p.admins = stage.Dave
	}
	fmt.Fprintf(&text, "admins: [%s]\n", p.admins)
	l.UsePolicy(text.String())
}

// refusedByLimit presses a card that a limit stops, and fails the test unless the person
// reads all of these parts and the card still has its buttons.
func (l *limited) refusedByLimit(user string, card slacksim.Message, parts ...string) {
	l.T.Helper()
	before := l.Recorded(card)
	wantParts(l.T, l.AnswerToClick(user, card, "order_confirm"), append(parts, "the limit of ")...)
	l.stillOpen(card, before)
}

// stillOpen fails the test unless a card can still be decided, and nothing was recorded
// since the order was read.
func (l *limited) stillOpen(card slacksim.Message, before order.Order) {
	l.T.Helper()
	if o := l.Recorded(card); o.State != order.Pending || o.Version != before.Version || len(o.Approvals) != len(before.Approvals) {
		l.T.Errorf("the order is %s, version %d, approved by %v", o.State, o.Version, o.Approvals)
	}
	if m, _ := l.Slack.Message(stage.Ops, card.TS); !servicetest.IsOpen(m) {
		l.T.Errorf("the card has no buttons:\n%s", m.Flat())
	}
}

// passes confirms a card, and waits for the receipt.
func (l *limited) passes(user string, card slacksim.Message) slacksim.Message {
	l.T.Helper()
	l.Click(user, card, "order_confirm")
	return l.WaitReply(card, servicetest.Receipt)
}

// dateOf is the beginning of a date for Slack: the first minute from a time on.
func dateOf(at time.Time) string {
	return fmt.Sprintf("<!date^%d^", at.Add(time.Minute-1).Truncate(time.Minute).Unix())
}

// pair is two orders of 24 hours that fit into a limit one by one, but not together.
type pair struct {
	limit   string
	people  [2]string
	servers [2]string
	words   []string // for the one that is refused
}

var pairs = map[string]pair{
	"person": {
		"{per: person, within: 24h, hours: 40}", [2]string{stage.Alice, stage.Alice}, [2]string{"one", "two"},
		[]string{"40 hours within 24 hours for each person", "Of that, you have 16 hours left"},
	},
	"account": {
		`{per: account, within: 24h, amount: "40"}`, [2]string{stage.Alice, stage.Carol}, [2]string{"one", "three"},
		[]string{"40.00 EUR within 24 hours for each account", "16.00 EUR is left"},
	},
	"all": {
		`{per: all, within: 24h, amount: "40"}`, [2]string{stage.Alice, stage.Bob}, [2]string{"two", "five"},
		[]string{"40.00 EUR within 24 hours for all together", "16.00 EUR is left"},
	},
}

// Two orders fit into a limit one by one, but not together, and are confirmed at the same
// instant: one is placed. The other one is told which limit stops it, what is left, and
// when enough is free. Its card keeps its buttons, and the same press passes then.
func TestLimits_PairAtOnce(t *testing.T) {
	limits(t, limitPolicy{}, pressPairs)
}

// The same with two processes, which share the presses.
func TestLimits_PairAtOnceReplicas(t *testing.T) {
	t.Parallel()
	servicetest.OnPostgres(t, slacksim.Config{}, func(h *servicetest.Harness) {
		l := newLimited(h)
		l.use(limitPolicy{})
		l.Start()
		startReplica(l.Harness)
		l.WaitConnections(4)
		pressPairs(l)
	})
}

func pressPairs(l *limited) {
	l.T.Helper()
	for name, p := range pairs {
		l.use(limitPolicy{limits: []string{p.limit}})
		var cards [2]slacksim.Message
		for i := range cards {
			cards[i] = l.Request(p.people[i], p.servers[i]+" 24")
		}
		charged := len(l.Oxhost.Charges())
		var presses sync.WaitGroup
		for i, card := range cards {
			presses.Go(func() { l.ClickFrom(slacksim.Click{User: p.people[i]}, card, "order_confirm") })
		}
		presses.Wait()
		placed, waiting := 0, 1
		if l.Recorded(cards[0]).State == order.Pending {
			placed, waiting = 1, 0
		}
		l.WaitReply(cards[placed], servicetest.Receipt)
		enough := l.Recorded(cards[placed]).DecidedAt.Add(24 * time.Hour)
		words := l.WaitEphemeral(p.people[waiting], p.words[0])
		wantParts(l.T, words.Text, append(p.words, "and enough is free from "+dateOf(enough), ": press again then")...)
		l.refusedByLimit(p.people[waiting], cards[waiting], p.words...)
		l.WantCharges(charged+1, charged+1)
		l.pass(24 * time.Hour)
		l.passes(p.people[waiting], cards[waiting])
		l.WantCharges(charged+2, charged+2)
		l.pass(24 * time.Hour)
		if l.T.Failed() {
			l.T.Fatalf("per %s", name)
		}
	}
}
