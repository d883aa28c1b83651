package browser

import "testing"

// A day before web-2 runs out, everybody is reminded, and one press extends it, after the
// dialog that says what it costs.
func TestBrowser_Reminder(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice := world.as("alice")
	drawer := alice.drawer()
	drawer.choose("Move the clock", "7 hours ahead")
	drawer.press("Move the clock")
	reminder := alice.message("web-2 runs out")
	reminder.see("0.43 EUR for 1 day", "3328.78 EUR")
	reminder.press("Extend web-2 by 1 day")
	sure := alice.dialog("Extend web-2 by 1 day?")
	sure.see("24 h for about 0.43 EUR")
	sure.press("Not now")
	sure.gone()
	world.wantCharges()
	reminder.press("Extend web-2 by 1 day")
	sure.press("Extend by 1 day")
	alice.message("web-2 runs until").see("✅", "@alice added 1 day")
	world.wantCharges("0.43")
	drawer.see("0.43 EUR", "3328.35")
}
