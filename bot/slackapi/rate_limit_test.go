package slackapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"extendbot/order"
)

const posted = `{"ok":true,"channel":"C0GENERAL","ts":"1.2"}`

// A rate-limited call is repeated when Slack allows it, and not before.
func TestRateLimit_PostWaits(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		wait   time.Duration
	}{
		"with the header":       {tooMany("2"), 2 * time.Second},
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

// A call that Slack rate-limits again and again returns after a few seconds, and
// the caller knows when to try again.
func TestRateLimit_WaitsForAFewSecondsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, slack := newScripted(tooMany("1"))
		began := time.Now()
		_, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
		if later, ok := errors.AsType[*order.Later](err); !ok || time.Until(later.At) != time.Second {
			t.Errorf("Post: %v, want a Later in a second", err)
		}
		if took := time.Since(began); took > repeatFor || len(slack.at) < 3 {
			t.Errorf("%d calls in %s", len(slack.at), took)
		}
	})
}

// If Slack wants a pause that is too long to wait for, the caller is told at once
// when to try again.
func TestRateLimit_LongPauseBlocksNobody(t *testing.T) {
	for wait, blocks := range map[string]bool{"2": true, "3": false, "3600": false} {
		synctest.Test(t, func(t *testing.T) {
			c, slack := newScripted(tooMany(wait), says(posted))
			began := time.Now()
			_, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
			later, ok := errors.AsType[*order.Later](err)
			if took := time.Since(began); (took > 0) != blocks || ok == blocks {
				t.Errorf("Retry-After %s: %v after %s", wait, err, took)
			}
			if d, _ := time.ParseDuration(wait + "s"); ok && time.Until(later.At) != d {
				t.Errorf("Retry-After %s: later in %s", wait, time.Until(later.At))
			}
			if calls := len(slack.at); (calls == 2) != blocks {
				t.Errorf("Retry-After %s: %d calls", wait, calls)
			}
		})
	}
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

// Slack limits chat.postMessage for each channel, every other method for the
// workspace, and each response_url for itself. Nothing else waits.
func TestRateLimit_HoldsUpNothingElse(t *testing.T) {
	const hook = "https://hooks.slack.com/commands/T1/"
	hello := Message{Text: "hello"}
	post := func(channel string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := c.Post(ctx, MessageRef{Channel: channel}, hello)
			return err
		}
	}
	update := func(channel string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return c.Update(ctx, MessageRef{Channel: channel, TS: "1.2"}, hello)
		}
	}
	ephemeral := func(channel string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return c.PostEphemeral(ctx, MessageRef{Channel: channel}, "U1", hello)
		}
	}
	publish := func(user string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return c.PublishHome(ctx, user, slack.HomeTabViewRequest{})
		}
	}
	respond := func(url string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return c.Respond(ctx, url, "", hello) }
	}
	calls := map[string]func(context.Context, *Client) error{
		"post C1": post("C1"), "post C2": post("C2"), "update C1": update("C1"), "update C2": update("C2"),
		"ephemeral C1": ephemeral("C1"), "ephemeral C2": ephemeral("C2"),
		"publish U1": publish("U1"), "publish U2": publish("U2"), "respond 1": respond(hook + "1"), "respond 2": respond(hook + "2"),
	}
	held := map[string][]string{
		"post C1": {"post C1"}, "update C1": {"update C1", "update C2"}, "ephemeral C1": {"ephemeral C1", "ephemeral C2"},
		"publish U1": {"publish U1", "publish U2"}, "respond 1": {"respond 1"},
	}
	for limited, want := range held {
		synctest.Test(t, func(t *testing.T) {
			c, _ := newScripted(tooMany("60"), says(posted))
			_ = calls[limited](t.Context(), c)
			for name, call := range calls {
				err := call(t.Context(), c)
				if _, later := errors.AsType[*order.Later](err); later != slices.Contains(want, name) {
					t.Errorf("after a 429 for %s, %s: %v", limited, name, err)
				}
			}
		})
	}
}

// When the program stops, no call waits.
func TestRateLimit_StoppingEndsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted(tooMany("2"), says(posted))
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
