package slackapi

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

const posted = `{"ok":true,"channel":"C0GENERAL","ts":"1.2"}`

// A rate-limited call is repeated when Slack allows it, and not before.
func TestRateLimit_PostWaits(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		wait   time.Duration
	}{
		"with the header":       {tooMany("7"), 7 * time.Second},
		"without the header":    {tooMany(""), time.Second},
		"of no time":            {tooMany("0"), minRetryAfter},
		"in the body":           {says(`{"ok":false,"error":"ratelimited"}`), time.Second},
		"with another spelling": {says(`{"ok":false,"error":"rate_limited"}`), time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, slack := newScripted(test.answer, says(posted))
				if _, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"}); err != nil {
					t.Fatal(err)
				}
				if len(slack.at) != 2 {
					t.Fatalf("%d calls", len(slack.at))
				}
				if got := slack.at[1].Sub(slack.at[0]); got < test.wait || got > test.wait+time.Second {
					t.Errorf("called again after %s, want %s", got, test.wait)
				}
			})
		})
	}
}

// Waiting for Slack does not use up the tries of a call.
func TestRateLimit_WaitsAsOftenAsSlackWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []func(http.ResponseWriter)
		for range 5 * maxTries {
			list = append(list, tooMany("1"))
		}
		c, slack := newScripted(append(list, says(posted))...)
		if _, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		if len(slack.at) != 5*maxTries+1 {
			t.Errorf("%d calls", len(slack.at))
		}
	})
}

// If a wait would outlast the context, the caller is told when to try again, and
// Slack is not called meanwhile.
func TestRateLimit_LongWaitReturnsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, slack := newScripted(tooMany("60"), says(posted))
		for range 3 {
			_, err := c.Post(in(t, time.Second), MessageRef{Channel: channel}, Message{Text: "hello"})
			if later, ok := errors.AsType[*order.Later](err); !ok || time.Until(later.At) != time.Minute {
				t.Errorf("Post: %v, want a Later in a minute", err)
			}
		}
		if len(slack.at) != 1 {
			t.Errorf("%d calls", len(slack.at))
		}
	})
}

// A pause affects one method in one channel, and nothing else.
func TestRateLimit_HoldsUpOneChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, slack := newScripted(tooMany("60"), says(posted))
		_, _ = c.Post(in(t, time.Second), MessageRef{Channel: channel}, Message{Text: "hello"})
		if _, err := c.Post(in(t, time.Second), MessageRef{Channel: "C0OTHER"}, Message{Text: "hello"}); err != nil {
			t.Errorf("another channel: %v", err)
		}
		if err := c.Update(in(t, time.Second), MessageRef{Channel: channel, TS: "1.2"}, Message{Text: "hello"}); err != nil {
			t.Errorf("another method: %v", err)
		}
		if len(slack.at) != 3 {
			t.Errorf("%d calls", len(slack.at))
		}
	})
}

// When the program stops, no call waits.
func TestRateLimit_StoppingEndsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted(tooMany("60"), says(posted))
		stopping := make(chan struct{})
		c.cfg.Stopping = stopping
		time.AfterFunc(time.Second, func() { close(stopping) })
		began := time.Now()
		_, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
		if _, later := errors.AsType[*order.Later](err); !later || time.Since(began) != time.Second {
			t.Errorf("Post: %v after %s", err, time.Since(began))
		}
	})
}

// Old pauses are forgotten.
func TestRateLimit_ForgetsOldPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted(tooMany("1"))
		for _, target := range []string{"C1", "C2", "C3"} {
			c.pause(target, time.Second)
			time.Sleep(2 * time.Second)
		}
		if len(c.pauses) != 1 {
			t.Errorf("%d pauses are remembered", len(c.pauses))
		}
	})
}
