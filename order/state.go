package order

import "slices"

// State is the state of an order. The zero value means that the order has not
// been recorded.
type State string

// The states of an order. The table below lists the legal transitions.
const (
	Pending   State = "pending"    // recorded; waits for its approvals until its deadline
	Approved  State = "approved"   // everybody who must say yes did
	Placing   State = "placing"    // the attempt is on disk; the call may have been sent
	Placed    State = "placed"     // the host confirmed it
	Refused   State = "refused"    // the host said no, or provably nothing was sent
	Unknown   State = "unknown"    // the answer was lost
	NotPlaced State = "not_placed" // found out later: nothing was bought
	Declined  State = "declined"   // an approver said no
	Cancelled State = "cancelled"  // the requester withdrew it, or its card could not be shown
	Expired   State = "expired"    // not enough people said yes in time
)

// none is the state before the first one: the order is not recorded yet.
const none State = ""

// table lists all legal transitions. They are listed nowhere else.
var table = map[State][]State{
	none:     {Pending},
	Pending:  {Pending, Approved, Declined, Cancelled, Expired},
	Approved: {Placing, Refused},
	Placing:  {Placed, Refused, Unknown, Approved},
	Unknown:  {Placed, NotPlaced},
}

// States returns all states in the order in which an order can have them.
func States() []State {
	return []State{Pending, Approved, Placing, Placed, Refused, Unknown, NotPlaced, Declined, Cancelled, Expired}
}

// CanBecome reports whether the table allows the step from s to next.
func (s State) CanBecome(next State) bool { return slices.Contains(table[s], next) }

// Final reports whether no transition leads out of s.
func (s State) Final() bool { return s != none && len(table[s]) == 0 }

// Decided reports whether s comes after the decision: no decision is possible
// anymore.
func (s State) Decided() bool { return s != Pending && s != none }

// NeedsThreadMessage reports whether an order that reaches s needs a message in
// its thread.
func (s State) NeedsThreadMessage() bool {
	return s == Placed || s == Refused || s == Unknown || s == NotPlaced || s == Declined
}

// Holds reports whether an order in s prevents other orders for its server from
// being approved, because its own outcome has to be known first. So an approved
// order cannot be blocked by another one.
func (s State) Holds() bool { return s == Approved || s == Placing || s == Unknown }
