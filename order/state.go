package order

import "slices"

// State is the state of an order. The zero value is no state: an order that has
// not been recorded.
type State string

// The states of an order. Which may follow which is the table below.
const (
	Pending   State = "pending"    // recorded; waits for a decision until its deadline
	Approved  State = "approved"   // confirmed
	Placing   State = "placing"    // the attempt is on disk, the call may be on the wire
	Placed    State = "placed"     // the host confirmed it
	Refused   State = "refused"    // the host said no, or provably nothing was sent
	Unknown   State = "unknown"    // the answer was lost
	NotPlaced State = "not_placed" // found out later: nothing was bought
	Cancelled State = "cancelled"  // withdrawn before it was confirmed
	Expired   State = "expired"    // not confirmed in time
)

// none is the state before the first one: the order is not recorded yet.
const none State = ""

// table lists every legal transition. It is the only place that does.
var table = map[State][]State{
	none:     {Pending},
	Pending:  {Approved, Cancelled, Expired},
	Approved: {Placing},
	Placing:  {Placed, Refused, Unknown, Approved},
	Unknown:  {Placed, NotPlaced},
}

// States returns all states in the order in which an order may meet them.
func States() []State {
	return []State{Pending, Approved, Placing, Placed, Refused, Unknown, NotPlaced, Cancelled, Expired}
}

// CanBecome reports whether the table allows the step from s to next.
func (s State) CanBecome(next State) bool { return slices.Contains(table[s], next) }

// Final reports whether nothing can follow s.
func (s State) Final() bool { return s != none && len(table[s]) == 0 }

// Decided reports whether a decision is no longer possible in s.
func (s State) Decided() bool { return s != Pending && s != none }

// Durable reports whether reaching s must survive a power cut before anybody is
// told: a decision, an attempt and an outcome must, a request need not, because
// the requester can see that no card came.
func (s State) Durable() bool { return s != Pending && s != Expired }

// NeedsThreadMessage reports whether an order that reaches s needs a message in
// its thread.
func (s State) NeedsThreadMessage() bool {
	return s == Placed || s == Refused || s == Unknown || s == NotPlaced
}

// Holds reports whether an order in s prevents other orders for its server from
// being approved: its own outcome has to be known first. So an order that is
// approved cannot be stopped by another one.
func (s State) Holds() bool { return s == Approved || s == Placing || s == Unknown }
