package slacksim_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// clock is a time that only changes when a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return e.RetryAfter
	}
	return 0
}

// A rate limit refills at a constant rate, and can be removed.
func TestLimit_RefillsEvenly(t *testing.T) {
	c := newClock()
	s := start(t, slacksim.Config{Now: c.now})
	s.Limit("chat.postMessage", 2)
	for range 2 {
		if err := post(t, s, "C0OPS"); err != nil {
			t.Fatal(err)
		}
	}
	if got := retryAfter(post(t, s, "C0OPS")); got != 30*time.Second {
		t.Errorf("Retry-After %v", got)
	}
	c.move(30 * time.Second)
	if err := post(t, s, "C0OPS"); err != nil {
		t.Error(err)
	}
	s.Limit("chat.postMessage", 0)
	if err := post(t, s, "C0OPS"); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// With Slack's limits, each channel accepts one message per second.
func TestSlackLimits_MessagePerSecondAndChannel(t *testing.T) {
	c := newClock()
	s := start(t, slacksim.Config{Now: c.now})
	s.AddChannel(slacksim.Channel{ID: "C0DEV"})
	s.Join("C0DEV", s.BotUserID())
	s.EnableSlackLimits()
	burst := 0
	for post(t, s, "C0OPS") == nil {
		burst++
	}
	if burst == 0 || burst > 10 {
		t.Errorf("a burst of %d", burst)
	}
	if err := post(t, s, "C0DEV"); err != nil {
		t.Errorf("another channel: %v", err)
	}
	c.move(time.Second)
	if err := post(t, s, "C0OPS"); err != nil {
		t.Errorf("a second later: %v", err)
	}
}
