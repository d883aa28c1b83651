package slackapi

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/slacksim"
)

// A clock that is off is found with Slack's first answer, and logged once each
// time that it becomes off.
func TestClock_OffIsFound(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	server, c := newSim(t, slacksim.Config{}, func(cfg *Config) {
		log := logrus.New()
		log.SetOutput(&logged)
		cfg.Log = log
	})
	ask := func(offset time.Duration) error {
		server.SetClockOffset(offset)
		if err := c.CheckBotToken(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c.CheckClock()
	}
	if err := c.CheckClock(); err != nil {
		t.Errorf("before any answer: %v", err)
	}
	for _, test := range []struct {
		offset time.Duration // of Slack's clock
		says   string
		warned int
	}{
		{0, "", 0}, {20 * time.Second, "", 0}, {time.Hour, "behind", 1}, {time.Hour, "behind", 1},
		{0, "", 1}, {-time.Hour, "ahead", 2}, {-20 * time.Second, "", 2},
	} {
		err := ask(test.offset)
		if (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("Slack's clock at %s: %v", test.offset, err)
		}
		if n := strings.Count(logged.String(), "time server"); n != test.warned {
			t.Errorf("Slack's clock at %s: %d warnings", test.offset, n)
		}
	}
}

// The middle of the round trip counts, and a slow answer does not count.
func TestClock_RoundTrip(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for took, want := range map[time.Duration]time.Duration{0: 40 * time.Second, 8 * time.Second: 44 * time.Second, time.Minute: 0} {
		c := clock{warn: func(time.Duration) {}}
		header := http.Header{"Date": {now.Add(-40 * time.Second).UTC().Format(http.TimeFormat)}}
		c.compare(header, now, now.Add(took))
		got := time.Duration(0)
		if offset := c.offset.Load(); offset != nil {
			got = *offset
		}
		if (got - want).Abs() > 2*time.Second {
			t.Errorf("after a round trip of %s: %s, want %s", took, got, want)
		}
	}
}
