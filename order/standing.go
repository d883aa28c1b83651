package order

import "time"

// RecentWindow is how far back an order that was placed still concerns whoever
// asks for the same server again.
const RecentWindow = time.Hour

// Standing is what the ledger knows of a server beside the order at hand.
type ServerActivity struct {
	// Others are the orders of that server that are open, or were placed
	// within the RecentWindow, newest first.
	Others []Order
	// Last is the newest receipt of that server that says when it expires or
	// what its plan costs; nil if there is none.
	Last *Receipt
}

// Shown is what an adapter notes after it showed an order: where the card, the
// last word and the last question are now, and which version they show. A zero
// Post or time is not noted.
type Shown struct {
	ID            ID
	Card          ShownMessage
	ThreadMessage ShownMessage
	Question      ShownMessage
	AskedAt       time.Time
}
