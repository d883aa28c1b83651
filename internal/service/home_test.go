package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
	"extendbot/order"
)

// homePolicy is a policy with two servers and their expiries, in which alice and bob order,
// carol approves what is longer than a day, and mallory may do nothing.
func homePolicy(more ...string) string {
	expires := func(in time.Duration) string { return time.Now().Add(in).UTC().Format("2006-01-02 15:04") }
	text := fmt.Sprintf("servers:\n  web-1: {id: %s, price: \"12.99\", expires: %q}\n  db-1: {id: %s, price: \"12.99\", expires: %q}\n",
		stage.Web, expires(24*time.Hour), stage.DB, expires(72*time.Hour))
	text += fmt.Sprintf("accounts: {%s: {name: Ops}}\npeople:\n  %s: {account: %s}\n  %s: {account: %s}\n",
		stage.AliceAccount, stage.Alice, stage.AliceAccount, stage.Bob, stage.AliceAccount)
	text += fmt.Sprintf("approvals:\n  - {name: long, when: {hours_over: 24}, approvers: [%s]}\n", stage.Carol)
	return text + strings.Join(more, "")
}

// atHome runs a test in a bubble with a policy.
func atHome(t *testing.T, policy func() string, test func(h *servicetest.Harness)) {
	t.Helper()
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		stageHome(h, policy())
		test(h)
		h.Stop()
	})
}

// stageHome starts a service with a policy, with both servers rented by alice's account.
func stageHome(h *servicetest.Harness, policy string) {
	h.T.Helper()
	db := stage.Team().Servers[1]
	db.Account, db.PlanID, db.PlanPrice = stage.AliceAccount, 5, decimal.RequireFromString("12.99")
	h.AddServer(db)
	h.UsePolicy(policy)
	h.Start()
}

// home returns what a person reads on the Home tab.
func home(h *servicetest.Harness, user string) string {
	return blockkit.FlattenText(h.Slack.Home(user))
}

// openHome opens the Home tab of a person, and returns what it says when it is published.
func openHome(h *servicetest.Harness, user string) string {
	h.T.Helper()
	before, _ := h.Slack.HomeView(user)
	if _, err := h.Slack.OpenHome(h.Ctx, user); err != nil {
		h.T.Fatal(err)
	}
	h.WaitUntil(func() bool {
		v, ok := h.Slack.HomeView(user)
		return ok && v.Hash != before.Hash
	}, func() string { return "the Home of " + user + " was not published" })
	return home(h, user)
}

// waitHome waits until the Home tab of a person has all of these texts, but for those that
// begin with a "!", which it must not have.
func waitHome(h *servicetest.Harness, user string, parts ...string) {
	h.T.Helper()
	h.WaitUntil(func() bool {
		text := home(h, user)
		for _, part := range parts {
			wanted, not := strings.CutPrefix(part, "!")
			if strings.Contains(text, wanted) == not {
				return false
			}
		}
		return true
	}, func() string { return fmt.Sprintf("the Home of %s is, without %q:\n%s", user, parts, home(h, user)) })
}

// homeButton returns the button of a Home tab with this action whose value contains a text.
func homeButton(h *servicetest.Harness, user, action, value string) blockkit.Button {
	h.T.Helper()
	for _, b := range blockkit.Buttons(h.Slack.Home(user)) {
		if b.ActionID == action && strings.Contains(b.Value, value) {
			return b
		}
	}
	h.T.Fatalf("no %s with %q in the Home of %s:\n%s", action, value, user, home(h, user))
	return blockkit.Button{}
}

// pressHome presses a button that the Home tab of a person has, or had.
func pressHome(h *servicetest.Harness, user string, b blockkit.Button) {
	h.T.Helper()
	if _, err := h.Slack.PressHome(h.Ctx, user, b); err != nil {
		h.T.Fatalf("%s presses %s: %v", user, b.ActionID, err)
	}
}

// told waits until a person got a direct message with all of these texts.
func told(h *servicetest.Harness, user string, parts ...string) {
	h.T.Helper()
	h.WaitUntil(func() bool {
		for _, m := range h.Slack.Messages(h.Slack.DirectChannel(user)) {
			all := true
			for _, part := range parts {
				all = all && servicetest.Contains(m, part)
			}
			if all {
				return true
			}
		}
		return false
	}, func() string {
		return fmt.Sprintf("%s was not told %q, but:\n%s", user, parts, h.ChannelText(h.Slack.DirectChannel(user)))
	})
}

// The servers of a person are listed with their expiries and last prices, the first to
// expire first. Each has a button that opens the form for it, with the channel of its last
// order.
func TestHome_Servers(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		text := openHome(h, stage.Alice)
		wantParts(t, text, "web-1", "db-1", time.Now().Add(72*time.Hour).UTC().Format("2 Jan"), time.Now().Add(24*time.Hour).UTC().Format("2 Jan"))
		if strings.Index(text, "web-1") > strings.Index(text, "db-1") {
			t.Errorf("the first to expire is not the first:\n%s", text)
		}
		h.Order("db-1 24")
		ends, _ := h.Oxhost.Rented(stage.DB)
		waitHome(h, stage.Alice, fmt.Sprintf("<!date^%d^", ends.ExpireDate.Unix()), "0.43 EUR for 1 day", "placed")
		for _, c := range []struct{ value, server, channel string }{{"web-1", "web-1", ""}, {"db-1", "db-1", stage.Ops}} {
			b := homeButton(h, stage.Alice, "home_extend", c.value)
			pressHome(h, stage.Alice, b)
			h.WaitUntil(func() bool { return len(h.Slack.Views(stage.Alice)) == 1 }, func() string { return "no form" })
			form := h.Slack.Views(stage.Alice)[0]
			if form.CallbackID != "extend_request" {
				t.Errorf("%s opens %s", c.value, form.CallbackID)
			}
			wantParts(t, string(form.Blocks)+form.PrivateMetadata, c.server, c.channel)
			if _, err := h.Slack.CloseView(h.Ctx, stage.Alice, ""); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What waits for a person's approval has the same buttons as on its card, and a press counts
// like one there. Then it is gone from the tab. The person need not be one who may order.
func TestHome_Approvals(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		wantParts(t, openHome(h, stage.Carol), "Nothing waits for you", stage.Carol)
		wantNone(t, home(h, stage.Carol), "Your servers", "Spent in")
		yes, no, short := h.Request(stage.Alice, "web-1 25"), h.Request(stage.Alice, "web-1 26"), h.Request(stage.Alice, "web-1 24")
		waitHome(h, stage.Carol, "<@"+stage.Alice+"> asks to extend `web-1` by 25 hours", servicetest.Link(yes), servicetest.Link(no), "!"+servicetest.Link(short))
		wantParts(t, home(h, stage.Carol), "0.45 EUR", "3328.78")

		pressHome(h, stage.Carol, homeButton(h, stage.Carol, "order_cancel", string(h.OrderID(no))))
		h.SubmitReason(stage.Carol, "no budget")
		h.WaitReply(no, "no budget")
		h.WantState(no, order.Declined)
		waitHome(h, stage.Carol, servicetest.Link(yes), "!"+servicetest.Link(no))

		pressHome(h, stage.Carol, homeButton(h, stage.Carol, "order_confirm", string(h.OrderID(yes))))
		h.WaitReply(yes, servicetest.Receipt)
		h.WantState(yes, order.Placed)
		waitHome(h, stage.Carol, "Nothing waits for you", "!"+servicetest.Link(yes))
		h.WantCharges(1, 1)
	})
}

// A press on the tab is judged anew, like one on a card. Who is refused is told so by direct
// message, and sees the tab as it is now.
func TestHome_ApprovalRefused(t *testing.T) {
	withdraw := func(h *servicetest.Harness, _ slacksim.Message) {
		h.UsePolicy(strings.Replace(homePolicy("admins: ["+stage.Carol+"]\n"), "approvers: ["+stage.Carol, "approvers: ["+stage.Bob, 1))
	}
	for name, c := range map[string]struct {
		before func(h *servicetest.Harness, card slacksim.Message)
		state  order.State
		told   string
	}{
		"withdrawn":   {withdraw, order.Pending, "<@" + stage.Bob + ">"},
		"not listed":  {func(h *servicetest.Harness, _ slacksim.Message) { h.UsePolicy(policyWith()) }, order.Pending, "not on the list"},
		"was decided": {func(h *servicetest.Harness, card slacksim.Message) { h.Click(stage.Alice, card, "order_cancel") }, order.Cancelled, "already decided"},
	} {
		t.Run(name, func(t *testing.T) {
			atHome(t, func() string { return homePolicy("admins: [" + stage.Carol + "]\n") }, func(h *servicetest.Harness) {
				openHome(h, stage.Carol)
				card := h.Request(stage.Alice, "web-1 25")
				waitHome(h, stage.Carol, servicetest.Link(card))
				old := homeButton(h, stage.Carol, "order_confirm", string(h.OrderID(card)))
				c.before(h, card)
				before := time.Now()
				pressHome(h, stage.Carol, old)
				told(h, stage.Carol, c.told)
				waitHome(h, stage.Carol, "!"+servicetest.Link(card), "!Approve")
				if took := time.Since(before); took > 5*time.Second {
					t.Errorf("the tab changed after %s", took)
				}
				h.WantState(card, c.state)
				h.WantCharges(0, 0)
			})
		})
	}
}

// A press counts for what the tab showed: while it does not show that the server was extended
// meanwhile, the press only tells the person. When it does, one press is enough.
func TestHome_OldButton(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		openHome(h, stage.Carol)
		old, other := h.Request(stage.Alice, "web-1 25"), h.Request(stage.Alice, "web-1 26")
		button := func(card slacksim.Message) blockkit.Button {
			return homeButton(h, stage.Carol, "order_confirm", string(h.OrderID(card)))
		}
		waitHome(h, stage.Carol, servicetest.Link(old), servicetest.Link(other))
		seen := button(old)
		h.Order("web-1 24")
		pressHome(h, stage.Carol, seen)
		told(h, stage.Carol, "`web-1`", "<@"+stage.Alice+">")
		h.WantState(old, order.Pending)
		h.WantCharges(1, 1)
		h.WaitUntil(func() bool { return button(other).Confirm != nil }, func() string { return "the tab does not ask again" })
		pressHome(h, stage.Carol, button(other))
		h.WaitReply(other, servicetest.Receipt)
		h.WantCharges(2, 2)
	})
}

// A person sees their open and their last orders with links to the cards, and nobody
// else's.
func TestHome_Orders(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		wantParts(t, openHome(h, stage.Alice), "You have not asked for anything yet")
		last, open, others := h.Order("web-1 3"), h.Request(stage.Alice, "db-1 4"), h.Request(stage.Bob, "db-1 5")
		waitHome(h, stage.Alice, servicetest.Link(last), servicetest.Link(open), "!"+servicetest.Link(others), "!not asked for anything")
		text := home(h, stage.Alice)
		if i, j := strings.Index(text, servicetest.Link(open)), strings.Index(text, servicetest.Link(last)); i > j {
			t.Errorf("the open order is not the first:\n%s", text)
		}
	})
}

// The tab shows what a person spent this month, and how much of each limit that concerns
// them is used. A month begins at midnight in OXHOST_TIMEZONE.
// Hours pass in it, which takes minutes while other tests run, so it runs alone.
func TestHome_Spending(t *testing.T) {
	limits := "limits:\n  - {per: person, within: 24h, hours: 100}\n  - {per: account, within: 7d, amount: \"1.00\"}\n" +
		"  - {per: all, within: 30d, amount: \"50.00\"}\n  - {per: server, within: 30d, hours: 333}\n"
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.OxhostTimezone = time.FixedZone("an hour behind", -3600) // it is still December there
		stageHome(h, homePolicy(limits))
		wantParts(t, openHome(h, stage.Bob), "December", "Nothing yet", "░░░░░░░░░░ 0 of 100")
		h.Order("web-1 24")
		h.Click(stage.Bob, h.Request(stage.Bob, "db-1 5"), "order_confirm")
		waitHome(h, stage.Bob, "0.09 EUR", "░ 5 of 100", "▓▓▓▓▓░░░░░ 0.52 of 1.00 EUR", "Ops", "▓░░░░░░░░░ 0.52 of 50.00 EUR")
		wantNone(t, home(h, stage.Bob), "333")
		servicetest.Pass(time.Until(time.Date(2000, 1, 1, 1, 0, 31, 0, time.UTC)))
		openHome(h, stage.Bob)
		waitHome(h, stage.Bob, "January", "Nothing yet", "0.52 of 1.00 EUR")
		h.Stop()
	})
}

// Unknown outcomes are shown to admins, with a link to where they can settle them, until
// they are settled.
func TestHome_UnknownOutcomes(t *testing.T) {
	atHome(t, func() string { return homePolicy("admins: [" + stage.Carol + "]\n") }, func(h *servicetest.Harness) {
		openHome(h, stage.Alice)
		wantNone(t, openHome(h, stage.Carol), "Outcome unknown")
		h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true})
		card := h.LoseAnswer(oxhostsim.AfterCharge)
		waitHome(h, stage.Carol, "Outcome unknown", servicetest.Link(card), "<@"+stage.Alice+">")
		wantNone(t, home(h, stage.Alice), "Outcome unknown")
		waitHome(h, stage.Alice, servicetest.Link(card), "unknown")
		servicetest.Pass(11 * time.Minute) // until it was looked up in vain
		h.SettlePlaced(stage.Carol, h.WaitQuestion(card), "seen at 0xhost")
		servicetest.Pass(time.Minute)
		openHome(h, stage.Carol)
		waitHome(h, stage.Carol, "!Outcome unknown", "!"+servicetest.Link(card))
	})
}

// People whom the policy does not know see only how to be listed.
func TestHome_Stranger(t *testing.T) {
	atHome(t, func() string { return homePolicy("admins: [" + stage.Carol + "]\n") }, func(h *servicetest.Harness) {
		h.Request(stage.Alice, "web-1 25")
		text := openHome(h, stage.Mallory)
		wantParts(t, text, stage.Mallory, "not on the list")
		wantNone(t, text, "web-1", "db-1", stage.Alice, stage.Carol, "Spent", "Waiting")
		if buttons := blockkit.Buttons(h.Slack.Home(stage.Mallory)); len(buttons) != 0 {
			t.Errorf("it has the buttons %+v", buttons)
		}
	})
}

// Who may extend any server by its id sees those of their latest orders, and a button for the
// form without one.
func TestHome_AnyServer(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Servers = nil
		h.Start()
		wantParts(t, openHome(h, stage.Alice), "any server")
		h.Order(stage.Web + " 24")
		waitHome(h, stage.Alice, stage.Web+"` until", "0.43 EUR for 1 day")
		homeButton(h, stage.Alice, "home_extend", stage.Web)
		pressHome(h, stage.Alice, homeButton(h, stage.Alice, "home_extend", `{"ask":true}`))
		h.WaitUntil(func() bool { return len(h.Slack.Views(stage.Alice)) == 1 }, func() string { return "no form" })
		h.Stop()
	})
}

// A button for the form that a person may not use anymore tells them so.
func TestHome_ExtendNotAllowed(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		openHome(h, stage.Bob)
		extend := homeButton(h, stage.Bob, "home_extend", "web-1")
		h.UsePolicy(strings.Replace(homePolicy(), "  "+stage.Bob+": {account: "+stage.AliceAccount+"}\n", "", 1))
		pressHome(h, stage.Bob, extend)
		told(h, stage.Bob, "not on the list")
		waitHome(h, stage.Bob, "not on the list", "!web-1")
		if n := len(h.Slack.Views(stage.Bob)); n != 0 {
			t.Errorf("%d forms", n)
		}
	})
}

// An order that was changed in the database is not offered for approval. The others are.
func TestHome_TamperedOrder(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		good, bad := h.Request(stage.Alice, "web-1 25"), h.Request(stage.Alice, "web-1 26")
		h.Exec("UPDATE orders SET hours = 700 WHERE hours = 26")
		openHome(h, stage.Carol)
		waitHome(h, stage.Carol, servicetest.Link(good), "!"+servicetest.Link(bad))
		for _, c := range h.Slack.Calls("views.publish") {
			wantNone(t, c.Args["view"], `"value":"`+string(h.OrderID(bad)))
		}
	})
}
