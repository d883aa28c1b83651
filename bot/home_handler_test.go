package bot

import (
	"strings"
	"testing"

	"extendbot/internal/slacksim"
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
