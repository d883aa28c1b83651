package main

import (
	"time"

	"extendbot/order"
)

// settling says when an unknown outcome is looked up and asked about. The zero
// value is as the design has it; tests are in more of a hurry.
type settling struct {
	lookUps  []time.Duration
	askEvery time.Duration
}

// lookFor is how long look-ups go on.
func (s settling) lookFor() time.Duration {
	all := s.lookUps
	if len(all) == 0 {
		all = order.LookupSchedule()
	}
	return all[len(all)-1]
}
