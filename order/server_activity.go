package order

import "time"

// RecentWindow is how long a placed order is shown on the card of the next order
// for the same server.
const RecentWindow = time.Hour

// ServerActivity is what the ledger knows about a server besides the current
// order. The zero value means nothing.
type ServerActivity struct {
	// Others are the other orders for that server that are open, or were placed
	// within the RecentWindow, newest first.
	Others []Order
}

// Shown is what an adapter records after it showed an order: the fields of
// [Order] with the same names. A zero value is not recorded.
type Shown struct {
	ID   ID
	Card ShownMessage
	// CardExtendedBy is recorded with Card, also if it is "". Of two cards of the same
	// version, the one that is recorded last counts: if it is the older one, the card
	// becomes due again.
	CardExtendedBy ID
	// CardDeclineReason is recorded like CardExtendedBy.
	CardDeclineReason string
	ToldExtendedBy    ID // replaces an earlier one, together with ToldUser; only while the order is pending
	ToldUser          string
	ThreadMessage     ShownMessage // replaces an earlier one, which becomes SupersededRef
	Question          ShownMessage
	AskedAt           time.Time
	WaitingRef        string
	ApproverTold      string // added to ApproversTold
	RemindedAt        time.Time
	DeclineRef        string
	ToldVersion       int
	// FindingAt is the time of the finding whose refusal the thread says.
	FindingAt time.Time
	EditedRef string // the SupersededRef that was edited, or cannot be edited
}
