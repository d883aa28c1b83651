package main

import (
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// --since takes days, other durations, and a day, which begins at midnight in the time
// zone of the command.
func TestSince_DaysHoursAndDates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	zone := time.FixedZone("east", 3600)
	for text, want := range map[string]time.Time{
		"":           now.Add(-30 * 24 * time.Hour), // the default
		"90d":        now.Add(-90 * 24 * time.Hour),
		"1D12H":      now.Add(-36 * time.Hour),
		"24h":        now.Add(-24 * time.Hour),
		"1m":         now.Add(-time.Minute),
		"2026-01-31": time.Date(2026, 1, 30, 23, 0, 0, 0, time.UTC),
	} {
		cmd := &cobra.Command{}
		s := sinceFlag(cmd, "30d")
		var err error
		if text != "" {
			err = cmd.Flags().Set("since", text)
		}
		if got := s.before(now, zone); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"90", " ", "yesterday", "2026-02-30", "-24h", "1w", "31.1.2026", "0001-01-01"} {
		if code, out := command(t, "orders", "list", "--since="+text); code != exitUsage {
			t.Errorf("%q: %d %s", text, code, out)
		}
	}
}
