package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

func TestDemoScriptGoesAsItSays(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "demo.log")
	var out, errs bytes.Buffer
	code := execute(t.Context(), []string{"demo", "--script", "--log", log}, terminal{in: strings.NewReader(""), out: &out, err: &errs})
	if code != exitOK || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s\n%s", code, &errs, &out)
	}
	for _, words := range []string{
		"alice types /extend web-1 3d", "✅ Receipt", "Insufficient balance", "U0MALLORY", "Did you mean `web-1`?",
		"Cancelled: extend web-1", "20 times at once", "19 clicks were told", "Expired: extend web-1",
		"charges: 1.30 and 0.43 EUR", "alice has 3327.05 EUR", "bob has 0.50 EUR", "All of it went as it should",
	} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("it does not show %q", words)
		}
	}
	if strings.ContainsAny(out.String(), "\x1b✗") {
		t.Error("it shows colours without a terminal, or something missed")
	}
	if kept, err := os.ReadFile(log); err != nil || !strings.Contains(string(kept), "order moved") {
		t.Errorf("the log was not kept: %v\n%s", err, kept)
	}
	if t.Failed() {
		t.Logf("\n%s", &out)
	}
}

// playScenes plays some scenes on a stage that is not as they think.
func playScenes(t *testing.T, scenes []scene, spoil func(*demo)) (string, error) {
	t.Helper()
	d, err := newDemo(t.Context(), slacksim.Config{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := newScript(d, &out)
	spoil(d)
	err = s.play(t.Context(), scenes)
	if ended := d.close(); ended != nil {
		t.Errorf("close: %v", ended)
	}
	if _, gone := os.Stat(d.dir); !os.IsNotExist(gone) {
		t.Errorf("the directory is still there: %v", gone)
	}
	return out.String(), err
}

func TestDemoScriptFailsWhenItGoesOtherwise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scenes []scene
		spoil  func(*demo)
		wants  string
	}{
		"0xhost refuses": {scenes()[:1], func(d *demo) {
			d.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusPaymentRequired}, 1)
		}, `expected: it says "1.30 EUR"`},
		"0xhost charges more": {scenes()[:1], func(d *demo) {
			web, _ := d.oxhost.Rented(stageWeb)
			web.PlanPrice = decimal.RequireFromString("129.90")
			d.oxhost.AddServer(web)
		}, "expected: 0xhost has seen 1 order, charges: 1.30 EUR; but: 1 order, charges: 12.99 EUR"},
		"the answer is lost": {scenes()[:1], func(d *demo) {
			d.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge}, 1)
		}, `expected: it says "3327.48 EUR"`},
		"bob has money": {scenes()[1:2], func(d *demo) {
			d.oxhost.SetBalance(stageBobAccount, decimal.NewFromInt(100))
		}, `expected: it says "Insufficient balance"`},
		"the bot is away": {scenes()[2:3], func(d *demo) {
			_ = d.end()
		}, "/extend was not answered"},
		"money vanishes": {nil, func(d *demo) {
			d.oxhost.SetBalance(stageAliceAccount, decimal.NewFromInt(1))
		}, "expected: alice's balance fell by these charges and nothing else; but: it is 1.00 EUR instead of 3328.78 EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := playScenes(t, c.scenes, c.spoil)
			if err == nil || !strings.Contains(out, "✗ "+c.wants) {
				t.Errorf("error %v, and it should show %q:\n%s", err, c.wants, out)
			}
			if strings.Contains(out, "went as it should") {
				t.Error("it is content nevertheless")
			}
		})
	}
}

func TestDemoScriptFailsWithItsExitCode(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	term := terminal{in: strings.NewReader(""), out: &out, err: &errs}
	if code := execute(t.Context(), []string{"demo", "--log", t.TempDir()}, term); code != exitFailure {
		t.Errorf("a log that cannot be opened: exit code %d, %s", code, &errs)
	}
	if code := execute(t.Context(), []string{"demo", "now"}, term); code != exitUsage {
		t.Errorf("an argument too many: exit code %d, %s", code, &errs)
	}
}
