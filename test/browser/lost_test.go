package browser

import (
	"regexp"
	"testing"

	"extendbot/internal/oxhostsim"
)

// The answer of 0xhost is lost after it charged. The thread says that the outcome is unknown,
// and then, from 0xhost's list, that it went through. It is ordered once.
func TestBrowser_LostAnswer(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice := world.as("alice")
	drawer := alice.drawer()
	drawer.choose("Do this to the next order", "charge, and lose the answer")
	drawer.press("Do this to the next order")
	world.Stage.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // until it was seen
	alice.say("/extend web-1 3d")
	card := alice.message("web-1 by 3 days")
	card.press("Confirm 3 days")
	card.see("Outcome unknown")
	card.press("Reply in thread")
	alice.thread().see("it is not known whether web-1 was extended")
	world.Stage.Oxhost.SetListing(oxhostsim.Listing{})
	alice.thread().see("Settled: the order to extend web-1", "It went through after all")
	card.see("✅ Extended")
	world.wantCharges("1.30")
}

// The bot is killed while its order is on its way, after 0xhost charged. It starts again and
// says that it went through. It is ordered once.
func TestBrowser_KilledWhileOrdering(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice := world.as("alice")
	drawer := alice.drawer()
	process := regexp.MustCompile(`process \d+`)
	killed := process.FindString(drawer.see("process"))
	drawer.press("Kill at the next order")
	alice.say("/extend web-1 3d")
	card := alice.message("web-1 by 3 days")
	card.press("Confirm 3 days")
	card.press("Reply in thread")
	alice.thread().see("It went through after all")
	card.see("✅ Extended")
	if running := process.FindString(drawer.see("process")); running == killed {
		t.Errorf("the bot is still %s", running)
	}
	world.wantCharges("1.30")
}
