package bot

import (
	"testing"
	"time"

	"extendbot/bot/workqueue"
)

// The times promise that a requester learns an outcome within five seconds of a
// failure that passed, and within a minute of one that lasts.
func TestReconcile_TimesKeepThePromise(t *testing.T) {
	t.Parallel()
	const ways = 3 // direct message, response_url, ephemeral message
	if longest := tellAfter + ways*tellTimeout; longest > time.Minute {
		t.Errorf("after a lasting failure the requester may learn the outcome after %s", longest)
	}
	if replyTimeout < ways*tellTimeout {
		t.Errorf("an answer has %s, but each of %d ways may take %s", replyTimeout, ways, tellTimeout)
	}
	if first := workqueue.FirstRetry + workqueue.FirstRetry/4; first > 5*time.Second {
		t.Errorf("the first repetition comes after %s", first)
	}
	if noticeAfter > 2*time.Second || waitingAfter > 10*time.Second {
		t.Errorf("people wait %s for the news that their card is late, and %s that 0xhost is", noticeAfter, waitingAfter)
	}
	if claimTime < ways*tellTimeout {
		t.Errorf("a process owns a card for %s, and telling its requester may take %s", claimTime, ways*tellTimeout)
	}
}
