package order_test

import (
	"errors"
	"testing"
	"time"

	"extendbot/order"
)

// Durations have days, what Go writes, or both, in upper or lower case. No error repeats
// what was typed, and nothing overflows.
func TestParseDays_DaysAndHours(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"3d": 3 * day, "1d12h": 36 * time.Hour, "1D12H": 36 * time.Hour, "1d30m": day + 30*time.Minute, "24h": day, "1h30m": 90 * time.Minute, "0s": 0, "0d": 0,
	} {
		if got, err := order.ParseDays(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "3", "d12h", "1d12", "-3d", "-24h", "1d-1h", "1.5d", "1w", "12h1d", "1d1d", "1 d", "65536d", "65535d2562047h", "three days"} {
		if got, err := order.ParseDays(text); !errors.Is(err, order.ErrDuration) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
