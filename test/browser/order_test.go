package browser

import "testing"

// The main job, by clicking: alice asks for three days, presses Confirm on the card, and reads
// the receipt in its thread. 0xhost charged it once.
func TestBrowser_Order(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice := world.as("alice")
	alice.say("/extend web-1 3d because the demo is on Monday")
	card := alice.message("web-1 by 3 days")
	card.see("Extend web-1 by 3 days", "1.30 EUR", "3328.78", "the demo is on Monday")
	world.wantCharges()
	card.press("Confirm 3 days")
	card.see("✅")
	card.press("Reply in thread")
	alice.thread().see("1.30 EUR", "3327.48 EUR")
	world.wantCharges("1.30")
}

// What the policy does not allow is answered to mallory alone, and changes nothing.
func TestBrowser_Refusal(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice, mallory := world.as("alice"), world.as("mallory")
	mallory.say("/extend web-1 3d")
	mallory.message("Only visible to you").see("U0MALLORY")
	alice.say("/extend list") // later than mallory's answer
	alice.message("Only visible to you").see("web-1")
	alice.message("U0MALLORY").gone()
	world.wantCharges()
}

// Two people ask for the same server at the same time, each in their own window. When one of
// the cards is confirmed, both windows show it, and the other card asks again.
func TestBrowser_TwoPeopleAtOnce(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice, dave := world.as("alice"), world.as("dave")
	alice.say("/extend web-2 1d because of alice")
	dave.say("/extend web-2 1d because of dave")
	for _, w := range []*window{alice, dave} {
		w.message("of alice").see("Confirm 1 day")
		w.message("of dave").see("Confirm 1 day")
	}
	alice.message("of alice").press("Confirm 1 day")
	for _, w := range []*window{alice, dave} {
		w.message("Extended web-2").see("✅", "@alice")
		w.message("of dave").see("web-2 was already extended by 1 day (24 h) · @alice", "once more")
	}
	dave.message("of dave").press("Confirm 1 day")
	sure := dave.dialog("Extend it once more?")
	sure.see("web-2 was already extended by 1 day (24 h)", "0.43 EUR")
	sure.press("Not now")
	sure.gone()
	world.wantCharges("0.43")
}
