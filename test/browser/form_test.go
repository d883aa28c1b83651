package browser

import (
	"strings"
	"testing"
)

// The form is opened by a command without anything, shows what the choices come to, names a
// mistake on its field, and places a card when it is corrected.
func TestBrowser_FormWithAnError(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice := world.as("alice")
	alice.say("/extend")
	form := alice.dialog("Extend a server")
	form.choose("Server", "web-2")
	form.choose("How long", "3 days")
	form.see("web-2 by 3 days (72 h)", "1.30 EUR")

	const another = "Another time (optional)"
	form.fill(another, "5d")
	form.press("Ask")
	alice.until("the error on its field", func() string {
		f, err := alice.look(form.field(another).steps, "description", "")
		if err != nil || !strings.Contains(f.Text, "There is a time above as well") {
			return f.Problem + f.Text
		}
		return ""
	})
	if got := form.field(another).is("value", "").Text; got != "5d" {
		t.Errorf("the field has %q, want what was typed", got)
	}
	form.fill(another, "")
	form.fill("Reason (optional)", "the form")
	form.press("Ask")
	form.gone()
	card := alice.message("web-2 by 3 days")
	card.see("Extend web-2 by 3 days", "1.30 EUR", "the form")
	card.press("Confirm 3 days")
	card.see("✅")
	world.wantCharges("1.30")
}
