package slackapi

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/internal/slacksim"
)

// A time zone is asked for once an hour.
func TestTimeZone_RememberedForAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, asked := newScripted(
			says(`{"ok":true,"user":{"id":"U0ALICE","tz":"Europe/Berlin"}}`),
			says(`{"ok":true,"user":{"id":"U0ALICE","tz":"America/New_York"}}`))
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{0, "Europe/Berlin"}, {59 * time.Minute, "Europe/Berlin"}, {time.Minute, "America/New_York"}} {
			<-time.After(step.after)
			zone, err := c.TimeZone(t.Context(), "U0ALICE")
			if err != nil || zone.String() != step.want {
				t.Errorf("after %s: %v, %v; want %s", step.after, zone, err, step.want)
			}
		}
		if n := len(asked.at); n != 2 {
			t.Errorf("asked %d times, want twice", n)
		}
	})
}

// Only if asking again cannot help is there no time zone. A failure that may pass
// is another error, so that nobody gets another zone instead.
func TestTimeZone_NoneOrNotNow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault slacksim.Fault
		none  bool
	}{
		"no scope":           {slacksim.Fault{Error: "missing_scope"}, true},
		"no such person":     {slacksim.Fault{Error: "user_not_found"}, true},
		"no zone":            {slacksim.Fault{Body: `{"ok":true,"user":{"id":"U0ALICE","tz":""}}`}, true},
		"an unknown zone":    {slacksim.Fault{Body: `{"ok":true,"user":{"id":"U0ALICE","tz":"Moon/Base"}}`}, false},
		"internal error":     {slacksim.Fault{Error: "internal_error"}, false},
		"503":                {slacksim.Fault{Status: 503}, false},
		"an answer of a box": {slacksim.Fault{Body: `{"ok":true}`}, false},
		"429":                {slacksim.Fault{RetryAfter: time.Hour}, false},
		"a refused token":    {slacksim.Fault{Error: "invalid_auth"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := newSim(t, slacksim.Config{})
			server.Fail("users.info", c.fault, -1)
			zone, err := client.TimeZone(t.Context(), "U0ALICE")
			if err == nil || errors.Is(err, ErrNoTimeZone) != c.none {
				t.Errorf("the zone is %v, error %v", zone, err)
			}
			server.Clear("users.info")
		})
	}
}
