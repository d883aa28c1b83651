package browser

import "testing"

// The Home tab appears when it is opened, extends a server through the form, and shows the
// order without being opened again.
func TestBrowser_HomeTab(t *testing.T) {
	t.Parallel()
	world := start(t)
	home, alice := world.as("alice"), world.as("alice")
	home.press("extendbot Home")
	home.see("Your servers", "web-1", "Spent in")
	home.press("Extend web-2")
	form := home.dialog("Extend a server")
	form.choose("How long", "1 day")
	form.choose("Channel for the card", "#ops")
	form.see("0.43 EUR")
	form.press("Ask")
	form.gone()
	home.see("waiting for a decision")
	alice.message("Extend web-2 by 1 day").press("Confirm 1 day")
	home.see("placed", "0.43 EUR for 1 day")
	world.wantCharges("0.43")
}
