package ledger

import (
	"testing"
	"time"
)

// With the default times a write that waits for a lock fails while the bot can still
// answer, and a database that does not answer ends reads, and the close before the
// program has to have stopped. Most tests set other times.
func TestConfig_DefaultTimes(t *testing.T) {
	t.Parallel()
	c := Config{}.withDefaults()
	for name, d := range map[string]struct{ is, most time.Duration }{
		"LockWait":  {c.LockWait, 2 * time.Second},  // of the bot's 2.5 s
		"readWait":  {c.readWait, 20 * time.Second}, // nobody waits longer for the command line
		"closeWait": {c.closeWait, 5 * time.Second}, // of the program's 9 s
	} {
		if d.is <= 0 || d.is > d.most {
			t.Errorf("%s is %s, want at most %s", name, d.is, d.most)
		}
	}
}
