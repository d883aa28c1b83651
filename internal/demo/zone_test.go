package demo

import (
	"io"
	"testing"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// The people of the demo live in the time zone in which times are shown.
func TestZone_OfPeopleAndScreen(t *testing.T) {
	for tz, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", ":America/New_York": "America/New_York", "UTC": "UTC", "Nowhere/Town": "UTC", "Local": "UTC",
	} {
		t.Setenv("TZ", tz)
		s, err := newSession(slacksim.Config{}, io.Discard, &stage.Clock{})
		if err != nil {
			t.Fatal(err)
		}
		shown := screenFor(io.Discard, s.Stage, time.Now).zone
		if shown.String() != want {
			t.Errorf("TZ=%s: times are shown in %s, want %s", tz, shown, want)
		}
		for _, p := range s.Cast.People {
			if p.TZ != want {
				t.Errorf("TZ=%s: %s lives in %q", tz, p.Name, p.TZ)
			}
		}
		for _, u := range s.Slack.Users() {
			if in, err := time.LoadLocation(u.TZ); err != nil || !u.IsBot && in.String() != want {
				t.Errorf("TZ=%s: Slack knows %s in %q", tz, u.Name, u.TZ)
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}
