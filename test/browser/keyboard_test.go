package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var shift = chromedp.KeyModifiers(chromedp.ModifierShift)

// tabTo presses Tab until a part has the focus.
func (w *window) tabTo(p *part, options ...chromedp.KeyOption) {
	w.t.Helper()
	const most = 60
	for range most {
		if f, err := w.look(p.steps, "focused", ""); err == nil && f.Problem == "" {
			return
		}
		w.keys(kb.Tab, options...)
	}
	w.t.Fatalf("%s does not get the focus within %d presses of Tab", p, most)
}

// Everything works without a mouse: the command is completed from its hint, the card is
// confirmed, and the form keeps the focus until Escape gives it back.
func TestBrowser_KeyboardOnly(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice := world.as("alice")
	composer := alice.field("Message #ops")
	alice.tabTo(composer)
	alice.keys("/ex")
	alice.see("Extend a rented server")
	alice.keys(kb.Tab + "web-1 3d\r")
	card := alice.message("web-1 by 3 days")
	confirm := card.button("Confirm 3 days")
	confirm.is("enabled", "")
	composer.is("focused", "")
	alice.tabTo(confirm, shift)
	alice.keys(kb.Enter)
	card.see("✅")
	world.wantCharges("1.30")

	alice.tabTo(composer)
	alice.keys("/extend\r")
	form := alice.dialog("Extend a server")
	form.is("focused", "")
	for range 15 {
		alice.keys(kb.Tab)
		if f, err := alice.look(form.steps, "keepsFocus", ""); err != nil || f.Problem != "" {
			t.Fatal("the focus left the form: ", f.Problem, err)
		}
	}
	alice.keys(kb.Escape)
	form.gone()
	composer.is("focused", "")
}
