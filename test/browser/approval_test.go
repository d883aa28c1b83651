package browser

import "testing"

// carol approves in her window what alice asks for in hers. Both windows show each step at
// once; alice's own yes does not count, and only she reads that.
func TestBrowser_Approval(t *testing.T) {
	t.Parallel()
	world := start(t)
	alice, carol := world.as("alice"), world.as("carol")
	alice.say("/extend db-1 3d because the audit is on Friday")
	card := carol.message("db-1 by 3 days")
	card.see("Needs @carol", "the audit is on Friday")
	alice.message("db-1 by 3 days").press("Approve 3 days")
	alice.message("Only visible to you").see("@carol")
	card.press("Approve 3 days")
	for _, w := range []*window{alice, carol} {
		w.message("db-1 by 3 days").see("✅")
	}
	alice.message("db-1 by 3 days").press("Reply in thread")
	alice.thread().see("7.00 EUR", "@carol")
	carol.message("Only visible to you").gone()
	world.wantCharges("7.00")
}
