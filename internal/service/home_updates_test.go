package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// published returns when the Home tab of a person was published, or was to be, oldest first;
// for user "", those of everybody.
func published(h *servicetest.Harness, user string) []time.Time {
	var at []time.Time
	for _, c := range h.Slack.Calls("views.publish") {
		if user == "" || c.Args["user_id"] == user {
			at = append(at, c.At)
		}
	}
	return at
}

// wantApart fails the test if the Home tab of a person was published more often than once in
// two seconds.
func wantApart(h *servicetest.Harness, user string) {
	h.T.Helper()
	at := published(h, user)
	for i := 1; i < len(at); i++ {
		if at[i].Sub(at[i-1]) < 2*time.Second {
			h.T.Errorf("the Home of %s was published %s after the time before", user, at[i].Sub(at[i-1]))
		}
	}
}

// What others do appears on the open tabs of those whom it concerns, within seconds: a
// request, its approval, the new expiry.
func TestHome_FollowsOthers(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		openHome(h, stage.Bob)
		openHome(h, stage.Carol)
		wantSoon := func(since time.Time, user string, parts ...string) {
			t.Helper()
			waitHome(h, user, parts...)
			if took := time.Since(since); took > 3*time.Second {
				t.Errorf("%q appeared after %s", parts, took)
			}
		}
		servicetest.Pass(40 * time.Second)
		began := time.Now()
		card := h.Request(stage.Alice, "web-1 25")
		wantSoon(began, stage.Carol, "<@"+stage.Alice+"> asks")
		servicetest.Pass(40 * time.Second)
		began = time.Now()
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		wantSoon(began, stage.Carol, "!<@"+stage.Alice+"> asks")
		ends, _ := h.Oxhost.Rented(stage.Web)
		wantSoon(began, stage.Bob, fmt.Sprintf("<!date^%d^", ends.ExpireDate.Unix()))
		wantApart(h, stage.Bob)
		wantApart(h, stage.Carol)
	})
}

// Many changes in a short time publish a tab once in two seconds, and in the end it shows
// the last of them. While nothing changes, nothing is published.
func TestHome_ManyChanges(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		openHome(h, stage.Carol)
		began := time.Now()
		for hours := range 25 {
			h.Click(stage.Alice, h.Request(stage.Alice, fmt.Sprintf("web-1 %d", 30+hours)), "order_cancel")
		}
		last := h.Request(stage.Alice, "web-1 99")
		took := time.Since(began)
		waitHome(h, stage.Carol, servicetest.Link(last), "web-1` by 99 hours", "!web-1` by 30 hours")
		wantApart(h, stage.Carol)
		if n, most := len(published(h, stage.Carol)), int(took/(2*time.Second))+3; n > most {
			t.Errorf("51 changes within %s published the tab %d times, want at most %d", took, n, most)
		}
		h.Click(stage.Alice, last, "order_cancel")
		waitHome(h, stage.Carol, "Nothing waits for you")
		n := len(published(h, stage.Carol))
		servicetest.Pass(10 * time.Minute)
		if again := len(published(h, stage.Carol)) - n; again != 0 {
			t.Errorf("without a change, it was published %d times more", again)
		}
	})
}

// However many people have the tab open, at most 80 are published in a minute, and all of
// them in the end.
func TestHome_ManyViewers(t *testing.T) {
	const viewers = 90
	user := func(i int) string { return fmt.Sprintf("U0VIEWER%d", i) }
	atHome(t, func() string {
		var people strings.Builder
		for i := range viewers {
			fmt.Fprintf(&people, "  %s: {account: %s}\n", user(i), stage.AliceAccount)
		}
		return strings.Replace(homePolicy(), "approvals:", people.String()+"approvals:", 1)
	}, func(h *servicetest.Harness) {
		for i := range viewers {
			h.Slack.AddUser(slacksim.User{ID: user(i)})
			if _, err := h.Slack.OpenHome(h.Ctx, user(i)); err != nil {
				t.Fatal(err)
			}
		}
		servicetest.Pass(90 * time.Second)
		h.Order("web-1 24")
		ends, _ := h.Oxhost.Rented(stage.Web)
		servicetest.Pass(90 * time.Second)
		for i := range viewers {
			wantParts(t, home(h, user(i)), fmt.Sprintf("<!date^%d^", ends.ExpireDate.Unix()))
		}
		all := published(h, "")
		slices.SortFunc(all, time.Time.Compare)
		for i := 80; i < len(all); i++ {
			if took := all[i].Sub(all[i-80]); took < time.Minute {
				t.Fatalf("81 tabs were published within %s", took)
			}
		}
	})
}

// An hour after somebody opened the tab, it is published no more, until they open it again.
// Hours pass in it, which takes minutes while other tests run, so it runs alone.
func TestHome_NotAfterAnHour(t *testing.T) {
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		stageHome(h, homePolicy())
		openHome(h, stage.Carol)
		servicetest.Pass(59 * time.Minute)
		first := h.Request(stage.Alice, "web-1 25")
		waitHome(h, stage.Carol, servicetest.Link(first))
		servicetest.Pass(2 * time.Minute)
		n := len(published(h, stage.Carol))
		second := h.Request(stage.Alice, "web-1 26")
		servicetest.Pass(2 * time.Minute)
		if got := len(published(h, stage.Carol)); got != n {
			t.Errorf("it was published %d times more", got-n)
		}
		openHome(h, stage.Carol)
		waitHome(h, stage.Carol, servicetest.Link(second))
		h.Stop()
	})
}

// A tab that Slack does not take is published again, with pauses that grow, and then shows
// what is true by then.
func TestHome_SlackFails(t *testing.T) {
	for name, fault := range map[string]slacksim.Fault{
		"switched off": {Error: "not_enabled"}, "hash": {Error: "hash_conflict"}, "limited": {RetryAfter: 7 * time.Second},
		"503": {Status: 503}, "hangs": {Before: slacksim.Hang}, "lost": {After: slacksim.Reset},
	} {
		t.Run(name, func(t *testing.T) {
			atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
				h.Slack.Fail("views.publish", fault, -1)
				if _, err := h.Slack.OpenHome(h.Ctx, stage.Carol); err != nil {
					t.Fatal(err)
				}
				servicetest.Pass(2 * time.Minute)
				card := h.Request(stage.Alice, "web-1 25")
				servicetest.Pass(8 * time.Minute)
				wantApart(h, stage.Carol)
				if n := len(published(h, stage.Carol)); n < 4 || n > 90 || name != "limited" && n > 25 {
					t.Errorf("it was tried %d times in 10 minutes", n)
				}
				h.Slack.Clear("views.publish")
				servicetest.Pass(time.Minute + 30*time.Second)
				wantParts(t, home(h, stage.Carol), servicetest.Link(card))
			})
		})
	}
}

// What another process changed appears within half a minute.
func TestHome_OtherReplica(t *testing.T) {
	atHome(t, func() string { return homePolicy() }, func(h *servicetest.Harness) {
		openHome(h, stage.Carol)
		card := h.Request(stage.Alice, "web-1 25")
		waitHome(h, stage.Carol, servicetest.Link(card))
		o := h.Recorded(card)
		o.State, o.ChangedAt = order.Cancelled, time.Now()
		e := order.Entry{Version: o.Version + 1, At: time.Now(), Who: stage.Alice, From: order.Pending, To: order.Cancelled}
		if _, err := h.Service.Ledger.Change(h.Ctx, o, e); err != nil { // no observer of this process sees it
			t.Fatal(err)
		}
		began := time.Now()
		waitHome(h, stage.Carol, "!"+servicetest.Link(card))
		if took := time.Since(began); took > 31*time.Second {
			t.Errorf("it appeared after %s", took)
		}
	})
}

// A tab that Slack does not take does not hold up the end of the program.
func TestHome_StopDoesNotWait(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		stageHome(h, homePolicy())
		h.Slack.Fail("views.publish", slacksim.Fault{Before: slacksim.Hang}, -1)
		if _, err := h.Slack.OpenHome(h.Ctx, stage.Carol); err != nil {
			t.Fatal(err)
		}
		servicetest.Pass(time.Second)
		began := time.Now()
		h.Stop()
		if took := time.Since(began); took > time.Second {
			t.Errorf("the stop took %s", took)
		}
		wantNone(t, h.Log.String(), "an App Home could not be published")
	})
}
