package bot

import (
	"testing"
	"time"

	"extendbot/bot/slackconn"
)

// With the default settings, a half-dead connection is found within five seconds, and
// half a second of Slack's three is left for an ack.
func TestConfig_DefaultsKeepSlacksTimes(t *testing.T) {
	w := newWorld(t)
	cfg, err := w.cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if found := (slackconn.MaxUnanswered + 1) * cfg.ProbeEvery; found > 5*time.Second {
		t.Errorf("a half-dead connection is found after %s", found)
	}
	if cfg.DecideTimeout > 2500*time.Millisecond {
		t.Errorf("the work before an ack may take %s", cfg.DecideTimeout)
	}
}
