package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"extendbot/order"
)

// since is the value of the flag --since: how far back, or a day.
type since struct {
	text string
	ago  time.Duration
	day  time.Time // its midnight in UTC; zero if ago says when
}

// sinceFlag adds the flag --since.
func sinceFlag(cmd *cobra.Command, standard string) *since {
	s := &since{}
	if err := s.Set(standard); err != nil {
		panic(err) // a constant of this package
	}
	cmd.Flags().Var(s, "since", "how far back, such as 90d, 24h, or 1d12h, or from a day on, such as 2026-01-31")
	return s
}

// String returns the value as it was typed.
func (s *since) String() string { return s.text }

// Type is what the help calls the value.
func (s *since) Type() string { return "time" }

// Set reads a value.
func (s *since) Set(text string) error {
	text = strings.TrimSpace(text)
	if day, err := time.Parse(time.DateOnly, text); err == nil && !day.IsZero() {
		*s = since{text: text, day: day}
		return nil
	}
	ago, err := order.ParseDays(text)
	if err != nil {
		return errors.New("must be like 90d, 24h, 1d12h, or 2026-01-31")
	}
	*s = since{text: text, ago: ago}
	return nil
}

// before returns the time that it means, on the clock of a time zone. A day begins there at midnight.
func (s *since) before(now time.Time, zone *time.Location) time.Time {
	if s.day.IsZero() {
		return now.Add(-s.ago).In(zone)
	}
	return time.Date(s.day.Year(), s.day.Month(), s.day.Day(), 0, 0, 0, 0, zone)
}
