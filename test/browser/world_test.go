package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"extendbot/internal/demo"
)

// begin is when the clock of each world begins: a Monday.
var begin = time.Date(2026, time.March, 2, 10, 4, 5, 0, time.UTC)

// world is a whole local world: Slack, 0xhost, the bot, and the page.
type world struct {
	*demo.Web

	t *testing.T
}

// start starts a world, which ends with the test.
func start(t *testing.T) *world {
	t.Helper()
	chromium.open(t)
	web, err := demo.OpenWeb(demo.WebConfig{Start: begin, Log: t.Output()})
	if err != nil {
		t.Fatal("start a world: ", err)
	}
	t.Cleanup(func() {
		if err := web.Close(); err != nil {
			t.Error("end the world: ", err)
		}
	})
	return &world{web, t}
}

// as opens a window of a person, who looks at #ops.
func (w *world) as(who string, setup ...chromedp.Action[chromedp.Void]) *window {
	w.t.Helper()
	return open(w.t, w.URL()+"as/"+who+"/c/ops", setup...)
}

// say types a message or a command into the composer, and sends it with Enter.
func (w *window) say(text string) {
	w.t.Helper()
	w.field("Message #ops").is("focus", "")
	w.insert(text)
	w.keys(kb.Enter)
}

// message is the newest message in the channel that contains a text, not in its thread.
func (w *window) message(text string) *part {
	return w.in(step{Roles: []string{"log"}, Name: "Messages"}).message(text)
}

// thread is the panel beside the channel.
func (w *window) thread() *part { return w.region("Thread #ops") }

// drawer opens the drawer with the local world, and returns it.
func (w *window) drawer() *part {
	w.t.Helper()
	w.press("Local world")
	return w.region("Local world around this Slack")
}

// wantCharges fails the test unless 0xhost charged these amounts, in this order.
func (w *world) wantCharges(amounts ...string) {
	w.t.Helper()
	got := []string{}
	for _, c := range w.Stage.Oxhost.Charges() {
		got = append(got, c.Amount.StringFixed(2))
	}
	if fmt.Sprint(got) != fmt.Sprint(amounts) {
		w.t.Errorf("0xhost charged %v, want %v", got, amounts)
	}
}
