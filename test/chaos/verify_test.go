//go:build chaos

package chaos

import (
	"testing"
	"time"

	"extendbot/ledger"
)

// verify requires that the ledger's hashes are correct.
func (w *world) verify(t *testing.T) {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	_, err := b.Verify(w.ctx, time.Now(), func(d ledger.Difference) error {
		t.Errorf("verify: %+v", d)
		return nil
	})
	if err != nil {
		t.Errorf("verify: %v", err)
	}
}
