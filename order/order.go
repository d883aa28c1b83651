package order

import (
	"regexp"
	"time"
)

// ID identifies an order. Only [NewID] knows its form. It sorts by time.
type ID string

// Person is a Slack user: the workspace and the user's id there. People are
// never identified by their names.
type Person struct {
	Team string
	User string
}

// Server is a rented server: the name that people type and the host's id.
type Server struct {
	Name string // "" if only the id is known
	ID   string
}

// Label returns the server's name, or its id if it has none.
func (s Server) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.ID
}

var hostID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// ValidHostID reports whether s has the form of an id of the host: letters,
// digits and hyphens, at most 64 characters.
func ValidHostID(s string) bool { return hostID.MatchString(s) }

// Order is one request for more hours, from the command to the receipt. It is a
// value: the Desk computes the next version, the Ledger stores it. It has more
// fields than other types here because it is the one row of the ledger.
type Order struct {
	ID         ID
	RequestKey string // Key of the Request: the same key means the same request
	Version    int    // counts the transitions, from 1
	State      State

	Person  Person // the requester
	Channel string // where the command was typed, or where the reminder is that was pressed
	// Thread refers to the message in whose thread the order is shown, like Card.Ref: the
	// reminder that was pressed. "": the card is a message of its own.
	Thread  string
	Account string // the account at the host that pays
	Server  Server
	Hours   Hours
	// Lease is the end of the server's lease that the reminder was about on which the
	// requester pressed a button; zero for an order that was not asked for in this way.
	// For each server and lease, there is at most one such order that is open or placed.
	Lease time.Time
	// Typed is the rental time as the requester asked for it, in its normal form,
	// such as "3 days" or "until Fri 4 Dec 18:00"; "" if it is not known. Hours is
	// what counts.
	Typed string
	// Purpose is why the requester asks, in their own words; "" if they did not say.
	Purpose string

	// Estimate is what it is expected to cost, and Currency the currency of that. It is
	// fixed from the first approval on.
	Estimate Estimate
	Currency string

	CreatedAt time.Time
	ChangedAt time.Time // time of the last transition
	Deadline  time.Time // it can be decided until then
	// RemindAt is when those who have to approve it are reminded, if they have not done
	// so: half of the time until the deadline. Zero: the policy asked for nobody when it
	// was requested.
	RemindAt time.Time

	// Approvals are the recorded yeses, oldest first, one for each person. Whether
	// they count is up to the policy, each time anew.
	Approvals []Approval
	// DeclineReason is why the person who declined it did so, in their own words; ""
	// if they did not say. It is not part of a transition.
	DeclineReason string

	// Chain is a hash of all history of the order, which the Ledger keeps. Stored
	// elsewhere, it proves that this is what happened.
	Chain string

	DecidedBy string // user id of the person who decided; "" if nobody did
	DecidedAt time.Time

	Reason   string    // why it is in this state: a text for people, maybe from the host, or a code such as slack:not_in_channel
	Attempts int       // how often it entered Placing
	FirstTry time.Time // when it first entered Placing
	RetryAt  time.Time // an Approved order may not be tried before then; zero in any other state

	// ThrottledAt is when the host last answered an attempt with "too many
	// requests". It may have charged the order all the same. Zero: it never did.
	ThrottledAt time.Time

	// Owner is the process that made the last attempt or, before the first one,
	// received the approval. While the order is in Placing, that process owns it;
	// after OwnerUntil it counts as dead.
	Owner      string
	OwnerUntil time.Time

	Receipt   *Receipt // what the host confirmed; nil before that
	SettledBy string   // who settled an Unknown outcome: a user id, an operator's name, or [Bot]; "" otherwise

	// Finding is what a person found out about the outcome while it was Unknown. It is
	// not part of a transition.
	Finding Finding

	// CardOwner is the process that updates card and thread. After CardOwnerUntil,
	// another one may.
	CardOwner      string
	CardOwnerUntil time.Time

	// ExtendedBy is the newest other order that was placed for the server since
	// RecentWindow before the request; "" if there is none. The Ledger sets it while
	// the order is pending.
	ExtendedBy ID
	// CardDeclineReason is the DeclineReason that the card shows.
	CardDeclineReason string
	// CardExtendedBy is the ExtendedBy that the card shows.
	CardExtendedBy ID
	// ToldExtendedBy is the ExtendedBy that the user ToldUser knows of, from the card
	// that they pressed or because they were told. The last yes of somebody who does not
	// know the newest one is not recorded.
	ToldExtendedBy ID
	ToldUser       string

	Card          ShownMessage // the message with the buttons
	ThreadMessage ShownMessage // the last message about its outcome in the thread

	// WaitingRef refers to the message in the thread that says that the order
	// waits for the host; "" if there is none.
	WaitingRef string
	// ApproversTold are the users who got a direct message that asks for their yes.
	ApproversTold []string
	// RemindedAt is when the approvers were reminded; zero: never.
	RemindedAt time.Time
	// DeclineRef refers to the message in the thread with the DeclineReason; "" if
	// there is none.
	DeclineRef string
	// ToldVersion is the version whose outcome the requester was told outside the
	// thread, because neither the thread nor the card could be updated; 0 if none
	// was.
	ToldVersion int
	// SupersededRef refers to an earlier ThreadMessage that still says what is no
	// longer true; "" if there is none.
	SupersededRef string

	Question ShownMessage // the last message that asked people for the outcome
	AskedAt  time.Time    // when people were last asked; zero: never
}

// ShownMessage is a message about an order: the adapter's reference to it ("" if
// there is none) and the version of the order that it shows.
type ShownMessage struct {
	Ref     string
	Version int
}

// CardDue reports whether the card shows an older version of the order, or does
// not show yet that another order extended the server, or why the order was declined.
func (o Order) CardDue() bool {
	return o.Card.Version < o.Version || o.State == Pending && o.CardExtendedBy != o.ExtendedBy ||
		o.CardDeclineReason != o.DeclineReason
}

// ThreadMessageDue reports whether the thread still lacks a message about the
// state of the order.
func (o Order) ThreadMessageDue() bool {
	return (o.State.NeedsThreadMessage() || o.Voided() && o.Card.Ref != "") && o.ThreadMessage.Version < o.Version
}

// Voided reports whether the program canceled the order, for a reason. A person who
// withdraws it gives none.
func (o Order) Voided() bool { return o.State == Cancelled && o.Reason != "" }

// QuestionDue reports whether the question about the order still has its buttons
// although the outcome is known.
func (o Order) QuestionDue() bool {
	return o.Question.Ref != "" && o.State != Unknown && o.Question.Version < o.Version
}

// SettledAs returns the host's id with which an Unknown outcome was settled. It
// returns "" if the order was not settled, or settled without an id.
func (o Order) SettledAs() string {
	if o.State != Placed || o.SettledBy == "" || o.Receipt == nil {
		return ""
	}
	return o.Receipt.OrderID
}

// Entry is one row of an order's history: one transition. One from Pending to Pending is
// one approval of several or, if the program itself did it, a new [Estimate].
type Entry struct {
	Version int // of the order after the transition
	At      time.Time
	Who     string // a user id, or [Bot]
	From    State
	To      State
	Why     string
}

// Durable reports whether the transition must survive a power failure before anybody
// is told. A decision, also one approval of several, an attempt and an outcome must.
// A request need not, because the requester sees that no card was posted.
func (e Entry) Durable() bool {
	return e.To != Expired && e.From != none
}

// Approves reports whether the transition is a person's yes to the order: the last one
// that the policy asked for, or one before that.
func (e Entry) Approves() bool {
	return e.From == Pending && (e.To == Approved || e.To == Pending && e.Who != Bot)
}

// Bot is the Who of what the program itself did.
const Bot = "extendbot"

// Work is a kind of due work, which has to be done even if the process dies
// first. Doing it twice is harmless.
type Work string

// The kinds of due work.
const (
	// WorkReconcile updates card and thread to match the ledger, and expires a
	// pending order whose deadline has passed.
	WorkReconcile Work = "reconcile"
	// WorkPlace places an approved order, or detects that its owner died, and then
	// reconciles the order.
	WorkPlace Work = "place"
	// WorkLookup looks up the outcome of an order whose outcome is unknown. If that
	// does not settle it, it asks people.
	WorkLookup Work = "look_up"
)

// Works returns all kinds of due work.
func Works() []Work { return []Work{WorkReconcile, WorkPlace, WorkLookup} }

// Due is one piece of due work for an order, not to be done before At.
type Due struct {
	Work Work
	At   time.Time
}
