package service_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
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

// share is what a policy says about one case of a test: its server, the person who asks,
// and the rule for that server.
type share struct {
	server, person, rule string
	more                 string // another rule
}

// changes are changes of a policy, by what they are. Before, two of bob, carol and
// mallory have to approve.
var changes = map[string]func(s *share){
	"none":     func(*share) {},
	"stricter": func(s *share) { s.rule = strings.Replace(s.rule, "count: 2", "count: 3", 1) },
	"looser":   func(s *share) { s.rule = strings.Replace(s.rule, "count: 2", "count: 1", 1) },
	"norule":   func(s *share) { s.rule = "" },
	"tworules": func(s *share) {
		s.more = strings.Replace(strings.Replace(s.rule, "name: ", "name: more-", 1), "["+stage.Bob+", "+stage.Carol+", "+stage.Mallory+"], count: 2", "["+stage.Mallory+"]", 1)
	},
	"left":    func(s *share) { s.rule = strings.Replace(s.rule, stage.Carol, "U0OTHER", 1) },
	"account": func(s *share) { s.person = strings.Replace(s.person, stage.AliceAccount, stage.BobAccount, 1) },
	"hours":   func(s *share) { s.person = strings.Replace(s.person, "}", ", max_hours: 1}", 1) },
	"gone":    func(s *share) { s.person = "" },
	"moved":   func(s *share) { s.server += "-new" },
}

// requesterOf returns the person who asks in a case, and serverOf the id of the server.
func requesterOf(name string) string { return "U0" + strings.ToUpper(name) }
func serverOf(name string) string    { return "srv-" + name }

// policyOf returns a policy with a share for each case, changed or not.
func policyOf(changed bool) string {
	var servers, people, rules strings.Builder
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		s := share{
			server: serverOf(name), person: requesterOf(name) + ": {account: " + stage.AliceAccount + "}",
			rule: fmt.Sprintf("{name: %s, when: {servers: [%s]}, approvers: [%s, %s, %s], count: 2}", name, name, stage.Bob, stage.Carol, stage.Mallory),
		}
		if changed {
			changes[name](&s)
		}
		fmt.Fprintf(&servers, "  %s: %s\n", name, s.server)
		if s.person != "" {
			fmt.Fprintf(&people, "  %s\n", s.person)
		}
		for _, rule := range []string{s.rule, s.more} {
			if rule != "" {
				fmt.Fprintf(&rules, "  - %s\n", rule)
			}
		}
	}
	return "servers:\n" + servers.String() + "people:\n" + people.String() + "approvals:\n" + rules.String()
}

// hostSwitch lets a service reach 0xhost only while it is on.
type hostSwitch struct{ on atomic.Bool }

// newHostSwitch returns a switch that is off, for a service that did not start yet.
func newHostSwitch(h *servicetest.Harness) *hostSwitch {
	h.T.Helper()
	w := &hostSwitch{}
	closed, _ := closedPort(h.T)
	dialer := &net.Dialer{}
	h.Options = append(h.Options,
		service.WithPauses(order.Pauses{NeverSent: 100 * time.Millisecond}),
		service.WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
			if !w.on.Load() && strings.Contains(h.Settings.OxhostAPIURL, address) {
				address = closed
			}
			return dialer.DialContext(ctx, network, address)
		}))
	return w
}

// askEach makes a card for each change of the policy, and returns them by its name.
func askEach(h *servicetest.Harness) map[string]slacksim.Message {
	h.T.Helper()
	cards := map[string]slacksim.Message{}
	for name := range changes {
		h.Slack.AddUser(slacksim.User{ID: requesterOf(name)})
		h.Slack.Join(stage.Ops, requesterOf(name))
		h.AddServer(stage.Server{ID: serverOf(name), Hostname: "vm-" + name, Account: stage.AliceAccount, PlanID: 5, PlanPrice: decimal.New(1, 0)})
	}
	for name := range changes {
		cards[name] = h.Request(requesterOf(name), name+" 24")
	}
	return cards
}

// charged returns for which changes 0xhost was charged. It fails the test if one was
// charged twice, or other than asked for.
func charged(h *servicetest.Harness) []string {
	h.T.Helper()
	var names []string
	for _, c := range h.Oxhost.Charges() {
		if c.Hours != 24 || c.AccountID != stage.AliceAccount {
			h.T.Errorf("%d hours for %s", c.Hours, c.AccountID)
		}
		names = append(names, strings.TrimPrefix(c.ServerID, "srv-"))
	}
	slices.Sort(names)
	return names
}

// The policy changes after one of two approvals. The next press counts under the policy
// as it is then, together with the yes of those who still are approvers.
func TestPolicyChange_BetweenPresses(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(policyOf(false))
		h.Start()
		cards := askEach(h)
		for _, card := range cards {
			h.Click(stage.Carol, card, "order_confirm")
		}
		h.UsePolicy(policyOf(true))
		const barred, notForBob = "may no longer order this", "You may not extend this server"
		for name, refused := range map[string]string{
			"none": "", "looser": "", // bob's yes places it
			"stricter": "", "left": "", "tworules": "", // it is recorded, and mallory's places it
			"account": barred, "hours": barred, "gone": barred, // the requester may not
			"norule": notForBob, "moved": notForBob, // no rule lists him for this order anymore
		} {
			card := cards[name]
			before := len(h.Slack.Ephemerals(stage.Bob))
			h.Click(stage.Bob, card, "order_confirm")
			if refused == "" {
				continue
			}
			h.WaitEphemerals(stage.Bob, before+1)
			if told := h.Slack.Ephemerals(stage.Bob)[before]; !strings.Contains(told.Text, refused) {
				h.T.Errorf("%s: bob is told %s", name, told.Text)
			}
			if o := h.Recorded(card); o.State != order.Pending || len(o.Approvals) != 1 {
				h.T.Errorf("%s: it is %s with %d approvals", name, o.State, len(o.Approvals))
			}
		}
		for _, name := range []string{"none", "looser"} {
			h.WaitReply(cards[name], servicetest.Receipt)
		}
		if got := charged(h); !slices.Equal(got, []string{"looser", "none"}) {
			h.T.Fatalf("charged: %v", got)
		}
		for _, name := range []string{"stricter", "left", "tworules"} {
			waitApprovals(h, cards[name], stage.Carol, stage.Bob)
			h.Click(stage.Mallory, cards[name], "order_confirm")
			h.WaitReply(cards[name], servicetest.Receipt)
		}
		h.Click(requesterOf("norule"), cards["norule"], "order_confirm")
		h.WaitReply(cards["norule"], servicetest.Receipt)
		if got := charged(h); len(got) != 6 {
			h.T.Errorf("charged: %v", got)
		}
	})
}

// The policy changes after the last approval, while 0xhost cannot be reached. Only what
// it still allows is sent then. The thread says what else happened.
func TestPolicyChange_BeforeTheSend(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(policyOf(false))
		host := newHostSwitch(h)
		h.Start()
		cards := askEach(h)
		for _, card := range cards {
			h.Click(stage.Carol, card, "order_confirm")
			h.Click(stage.Bob, card, "order_confirm")
		}
		for name, card := range cards {
			h.WaitUntil(func() bool { return h.Recorded(card).Attempts > 0 }, func() string { return name + ": no attempt" })
		}
		h.UsePolicy(policyOf(true))
		for name, refused := range map[string]string{
			"stricter": "the rule stricter has 2 of 3", "left": "the rule left has 1 of 2", "tworules": "the rule more-tworules has 0 of 1",
			"norule":  "asks for the confirmation of the person who asked",
			"account": "no longer allows", "hours": "no longer allows", "gone": "no longer allows", "moved": "no longer allows",
		} {
			h.WaitReply(cards[name], refused)
			h.WantState(cards[name], order.Refused)
		}
		host.on.Store(true)
		for _, name := range []string{"none", "looser"} {
			h.WaitReply(cards[name], servicetest.Receipt)
		}
		if got := charged(h); !slices.Equal(got, []string{"looser", "none"}) {
			h.T.Errorf("charged: %v", got)
		}
	})
}
