package bot

import (
	"strings"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// When a person opens the App Home, it is published.
func TestHome_PublishedWhenOpened(t *testing.T) {
	t.Parallel()
	w := start(t)
	if _, err := w.slack.OpenHome(w.ctx(), "U0ALICE"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.slack.WaitCall(w.ctx(), "views.publish", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	if home := string(w.slack.Home("U0ALICE")); !strings.Contains(home, "web-1") {
		t.Errorf("the home says %s", home)
	}
}

// If it is not known who is in a group, nobody is told that they may not order.
func TestHome_GroupUnread(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) {
		w.cfg.Known = func(order.Person) error { return nil }
		w.cfg.Servers = func(order.Person) ([]order.Server, error) {
			return nil, &order.Error{Code: order.CodeGroupUnread}
		}
	})
	if _, err := w.slack.OpenHome(w.ctx(), "U0ALICE"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.slack.WaitCall(w.ctx(), "views.publish", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	help := w.command("U0ALICE", general, "help")
	for _, text := range []string{string(w.slack.Home("U0ALICE")), string(help.Payload)} {
		if !strings.Contains(text, "I cannot read who is in a user group") || strings.Contains(text, "You may not order") {
			t.Errorf("it says %s", text)
		}
	}
}
