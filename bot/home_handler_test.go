package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// Visits in quick succession do not publish the App Home each time.
func TestHome_NotPublishedForEveryVisit(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	h := newHomes(func() time.Time { return now })
	if !h.due("U1") || h.due("U1") || !h.due("U2") {
		t.Error("not only the first visit of each person is due")
	}
	now = now.Add(homeInterval)
	if !h.due("U1") {
		t.Error("a later visit is due")
	}
	for i := range 3 * maxHomes {
		now = now.Add(time.Second)
		h.due(fmt.Sprint(i))
	}
	if len(h.last) > maxHomes {
		t.Errorf("%d remembered", len(h.last))
	}
}
