package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
	"extendbot/order"
	"extendbot/order/leases"
	"extendbot/order/ordertest"
)

// A reminder is posted, changed in place, and followed by a line in its thread.
func TestReminder_PostedUpdatedFollowed(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	if n := len(r.reminder.Buttons()); n != 4 || !strings.Contains(r.reminder.Text, "`web-1` runs out") {
		t.Errorf("%d buttons: %s", n, r.reminder.Flat())
	}
	v := r.view()
	v.Rows[0].State, v.Rows[0].Lease.ExpiresAt = leases.StateExtended, r.lease.end().Add(24*time.Hour)
	ref := slackapi.MessageRef{Channel: general, TS: r.reminder.TS}.String()
	if err := errors.Join(r.app.UpdateReminder(t.Context(), ref, v), r.app.FollowReminder(t.Context(), ref, v.Rows[0])); err != nil {
		t.Fatal(err)
	}
	if m, _ := r.slack.Message(general, r.reminder.TS); len(m.Buttons()) != 0 || !strings.Contains(m.Text, "runs until") {
		t.Errorf("it is now %s", m.Flat())
	}
	r.inThread(saying("runs until"))
	r.wantOneRoot()
}

// The error of a call says whether trying again is of use, and from when on: a channel or
// person that cannot be reached, and a message that is gone, cannot. Messages about money
// go before reminders when Slack wants a pause. A post without an answer is not repeated.
func TestReminder_Errors(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	post := func() error { _, err := r.app.PostReminder(t.Context(), general, r.view()); return err }
	update := func() error { return r.app.UpdateReminder(t.Context(), general+"/"+r.reminder.TS, r.view()) }
	follow := func() error {
		return r.app.FollowReminder(t.Context(), general+"/"+r.reminder.TS, r.view().Rows[0])
	}
	const gone, temporary = "gone", "temporary"
	for _, c := range []struct {
		method string
		do     func() error
		code   string
		want   string
	}{
		{"chat.postMessage", post, "not_in_channel", gone},
		{"chat.postMessage", post, "is_archived", gone},
		{"chat.postMessage", post, "restricted_action", gone},
		{"chat.postMessage", post, "user_disabled", gone},
		{"chat.postMessage", post, "no_permission", gone},
		{"chat.postMessage", post, "a_new_code", gone},
		{"chat.postMessage", post, "internal_error", temporary},
		{"chat.postMessage", post, "fatal_error", temporary},
		{"chat.update", update, "message_not_found", gone},
		{"chat.update", update, "edit_window_closed", gone},
		{"chat.update", update, "internal_error", temporary},
		{"chat.update", update, "missing_scope", temporary},
		{"chat.postMessage", follow, "thread_not_found", gone},
		{"chat.postMessage", follow, "internal_error", temporary},
	} {
		calls := len(r.slack.Calls(c.method))
		r.slack.Fail(c.method, slacksim.Fault{Error: c.code}, 1)
		err := c.do()
		_, isGone := errors.AsType[*leases.UnpostableError](err)
		if err == nil || isGone != (c.want == gone) {
			t.Errorf("%s: %s is %v, want %s", c.method, c.code, err, c.want)
		}
		if n := len(r.slack.Calls(c.method)) - calls; n != 1 {
			t.Errorf("%s: %s: %d calls", c.method, c.code, n)
		}
	}
	r.slack.Fail("chat.postMessage", slacksim.Fault{Status: 429, RetryAfter: time.Minute}, 1)
	began := time.Now()
	later, ok := errors.AsType[*order.Later](post())
	if !ok || later.At.Before(began.Add(time.Minute+moneyFirst)) {
		t.Errorf("after a rate limit: %v", later)
	}
}

// Messages about an order go where its card is: into the thread of the reminder, since no
// thread begins at a card in a thread, else into that of the card, else into the channel.
func TestThreadOf_CardInThread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		thread, card string
		want         slackapi.MessageRef
	}{
		{"", "", slackapi.MessageRef{Channel: "C1"}},
		{"", "C1/5.0", slackapi.MessageRef{Channel: "C1", TS: "5.0"}},
		{"C1/1.0", "", slackapi.MessageRef{Channel: "C1", TS: "1.0"}},
		{"C1/1.0", "C1/5.0", slackapi.MessageRef{Channel: "C1", TS: "1.0"}},
	} {
		o := order.Order{Channel: "C1", Thread: c.thread, Card: order.ShownMessage{Ref: c.card}}
		if got := threadOf(o); got != c.want {
			t.Errorf("thread %q, card %q: %v, want %v", c.thread, c.card, got, c.want)
		}
	}
}
