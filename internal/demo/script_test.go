package demo

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// The script plays every scene, each expectation is met, and the log is written.
func TestScript_GoesAsItShould(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	if err := Script(t.Context(), &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, text := range []string{
		"alice types /extend web-1 3 days because the demo is on Monday", "[ Confirm 3 days ]  [ Cancel ]", "[ Details ]", "192.168.100.102", "About 1.30 EUR · balance 3328.78 → 3327.48",
		"over the limit of 50.00 EUR within 24 hours", "20.00 EUR left", "[ test-1 2d ]", "The balance does not cover that",
		"Insufficient balance", "bob presses [ Ask again ]", "U0MALLORY", "[ web-1 36h ]", "/extend history web-1",
		"in a direct message to @carol", "dave presses [ Approve 3 days ]", "carol presses [ Approve 3 days ]", "Slack opens a modal for carol",
		"[ Post the reason ]", "the modal closes", "changes dave's card", "and Slack asks:", "20 times at once", "19 clicks were told", "CONFIRM_TTL=8s",
		"charges: 1.30 and 30.00 and 7.00 and 0.43 and 0.43 EUR", "⏰ `web-2` runs out tomorrow", "presses [ 1 day ], and Slack asks:", "in the reminder's thread", "changes the reminder", "@alice added 1 day",
		"which his Slack still shows", "`web-2` was extended meanwhile", "and 0.43 and 0.43 and 0.43 EUR", "App Home", "50.00 EUR", "Another time: ", "in a direct message", "alice has 3316.86 EUR", "bob has 15.00 EUR", "Everything worked as expected",
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("%q is not shown", text)
		}
	}
	if regexp.MustCompile(`<@|<!|<http|&lt;|\|[0-9a-z-]{17}>`).Match(out.Bytes()) {
		t.Error("the output has markup")
	}
	if strings.ContainsAny(out.String(), "\x1b✗") {
		t.Error("the output has colors without a terminal, or a failed expectation")
	}
	if !strings.Contains(log.String(), "the order changed its state") {
		t.Errorf("the log was not written:\n%s", &log)
	}
	if t.Failed() {
		t.Logf("\n%s", &out)
	}
}

// playScenes plays scenes on a stage that change altered.
func playScenes(t *testing.T, scenes []scene, change func(*session)) (string, error) {
	t.Helper()
	d, err := newSession(slacksim.Config{}, io.Discard, &stage.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := newScript(d, &out)
	change(d)
	err = s.play(t.Context(), scenes)
	if err := d.close(); err != nil {
		t.Errorf("close: %v", err)
	}
	return out.String(), err
}

// The script fails, and shows why, if anything differs from what it expects.
func TestScript_Fails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scenes []scene
		change func(*session)
		wants  string
	}{
		"0xhost refuses": {scenes()[:1], func(s *session) {
			s.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusPaymentRequired}, 1)
		}, `expected: "1.30 EUR"`},
		"0xhost charges more": {scenes()[:1], func(s *session) {
			web, _ := s.Oxhost.Rented(stage.Web)
			web.PlanPrice = decimal.RequireFromString("129.90")
			s.Oxhost.AddServer(web)
		}, "expected: 0xhost received 1 order, charges: 1.30 EUR; but: 1 order, charges: 12.99 EUR"},
		"the answer is lost": {scenes()[:1], func(s *session) {
			s.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge}, 1)
		}, `expected: "3327.48 EUR"`},
		"bob has money": {scenes()[:3], func(s *session) {
			s.Oxhost.SetBalance(stage.BobAccount, decimal.NewFromInt(100))
		}, `expected: "Insufficient balance"`},
		"the bot is away": {scenes()[3:4], func(s *session) {
			_ = s.stop()
		}, "/extend was not answered"},
		"another rule asks for carol": {scenes()[8:9], func(s *session) {
			s.Cast.Approvals[0].Name = "storage"
			if err := os.WriteFile(s.env["POLICY_FILE"], []byte(s.Cast.Policy()), 0o600); err != nil {
				t.Error(err)
			}
		}, `expected: "databases"`},
		"money vanishes": {nil, func(s *session) {
			s.Oxhost.SetBalance(stage.AliceAccount, decimal.NewFromInt(1))
		}, "expected: alice's balance fell by exactly these charges; but: it is 1.00 EUR instead of 3328.78 EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := playScenes(t, c.scenes, c.change)
			if err == nil || !strings.Contains(out, "✗ "+c.wants) {
				t.Errorf("error %v, and it should show %q:\n%s", err, c.wants, out)
			}
			if strings.Contains(out, "Everything worked") {
				t.Error("the script reports success anyway")
			}
		})
	}
}
