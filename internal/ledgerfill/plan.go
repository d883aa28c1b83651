package ledgerfill

import (
	"fmt"
	"time"
)

// Plan says how to fill a ledger.
type Plan struct {
	Orders  int // their number
	Servers int // the number of servers, used in turn
	People  int // the number of people, used in turn
	Jobs    int // the number of finished pieces of work in the queue
	// Until is when the newest order was requested. The oldest was requested Span
	// earlier.
	Until time.Time
	Span  time.Duration

	// The names and ids of the orders, by number.
	Server  func(i int) string
	User    func(i int) string
	Account func(i int) string
	Channel func(i int) string
	Team    string
}

// Years returns a plan of n orders over three years, until six hours ago: for up
// to 1,000 servers and 100 people, each with at least 25 orders, and with a
// tenth as many finished pieces of work.
func Years(n int, now time.Time) Plan {
	p := Plan{
		Orders: n, Servers: max(1, min(n/25, 1000)), Jobs: n / 10,
		Until: now.UTC().Add(-6 * time.Hour).Truncate(time.Second), Span: 3 * 365 * 24 * time.Hour,
		Server:  func(i int) string { return fmt.Sprintf("srv-%07d", i) },
		User:    func(i int) string { return fmt.Sprintf("U0FILL%03d", i) },
		Account: func(i int) string { return fmt.Sprintf("user00000-0000-0000-0000-%012d", i) },
		Channel: func(i int) string { return fmt.Sprintf("C0FILL%02d", i) },
		Team:    "T0TEAM",
	}
	p.People = min(p.Servers, 100)
	return p
}

// at returns when order i was requested.
func (p Plan) at(i int) time.Time {
	back := float64(p.Orders-1-i) / float64(p.Orders) * float64(p.Span)
	return p.Until.Add(-time.Duration(back)).Truncate(time.Microsecond)
}
