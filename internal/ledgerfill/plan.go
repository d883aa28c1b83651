package ledgerfill

import (
	"fmt"
	"time"
)

// Plan says what is filled in.
type Plan struct {
	Orders  int // how many
	Servers int // on how many servers, in turn
	People  int // for how many people, in turn
	Jobs    int // how many pieces of finished work the queue still has
	// Until is when the newest order was asked for, Span how much earlier the
	// oldest was.
	Until time.Time
	Span  time.Duration

	// Names of what the orders are about, by their number.
	Server  func(i int) string
	User    func(i int) string
	Account func(i int) string
	Channel func(i int) string
	Team    string
}

// Years is a plan of n orders in three years, up to some hours ago: 1,000
// servers and 100 people, and a tenth as many pieces of finished work. Fewer than
// 1,000 orders are all of one person's, for one server. Callers add the names.
func Years(n int, now time.Time) Plan {
	p := Plan{
		Orders: n, Servers: 1000, People: 100, Jobs: n / 10,
		Until: now.UTC().Add(-6 * time.Hour).Truncate(time.Second), Span: 3 * 365 * 24 * time.Hour,
		Server:  func(i int) string { return fmt.Sprintf("srv-%07d", i) },
		User:    func(i int) string { return fmt.Sprintf("U0FILL%03d", i) },
		Account: func(i int) string { return fmt.Sprintf("user00000-0000-0000-0000-%012d", i) },
		Channel: func(i int) string { return fmt.Sprintf("C0FILL%02d", i) },
		Team:    "T0TEAM",
	}
	if n < p.Servers {
		p.Servers, p.People = 1, 1
	}
	return p
}

// at is when order i was asked for.
func (p Plan) at(i int) time.Time {
	back := float64(p.Orders-1-i) / float64(p.Orders) * float64(p.Span)
	return p.Until.Add(-time.Duration(back)).Truncate(time.Microsecond)
}
