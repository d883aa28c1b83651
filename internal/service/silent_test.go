package service_test

import (
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// The card cannot be updated for ten minutes: the receipt is in the thread at once,
// and the card is tried again with pauses that grow, until it is right.
func TestCard_NotUpdatedForMinutes(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
		h.Confirm(card)
		began := time.Now()
		h.WaitReply(card, "Receipt")
		if took := time.Since(began); took > time.Second {
			t.Errorf("the receipt took %s", took)
		}
		time.Sleep(10 * time.Minute)
		// Each try makes a few calls within three seconds, and soon there is one a minute.
		if n := len(h.Slack.Calls("chat.update")); n > 20*6 {
			t.Errorf("%d calls of chat.update in ten minutes", n)
		}
		h.Slack.Clear("chat.update")
		h.WaitCard(card, "went through")
		h.WantCharges(1, 1)
	})
}
