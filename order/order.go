package order

import (
	"regexp"
	"time"
)

// ID names an order. It is opaque to everybody but [NewID]; it sorts by time.
type ID string

// Person is somebody who asks or decides: the workspace and the user id there.
// Names are never used to tell people apart.
type Person struct {
	Team string
	User string
}

// Server is a rented server: the name that people type and the host's id.
type Server struct {
	Name string // "" if it is only known by its id
	ID   string
}

// Label is the name that people know the server by, or else its id.
func (s Server) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.ID
}

var hostID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// ValidHostID says whether s has the shape of an id of the host: an opaque
// word of letters, digits and hyphens, at most 64 long.
func ValidHostID(s string) bool { return hostID.MatchString(s) }

// Order is one request for more hours and all that became of it. It is a
// value: the Desk computes the next one, the Ledger stores it.
type Order struct {
	ID         ID
	RequestKey string // what the request was delivered as; the same key is the same request
	Version    int    // counts the transitions, from 1
	State      State

	Person  Person // who asked
	Channel string // where they asked
	Account string // the account at the host that pays
	Server  Server
	Hours   Hours

	CreatedAt time.Time
	ChangedAt time.Time // of the last transition
	Deadline  time.Time // until when it can be decided

	DecidedBy string // user id of who said yes or no; "" if nobody did
	DecidedAt time.Time

	Reason   string    // why it stands where it stands, in words for people; may come from the host
	Attempts int       // how often it entered Placing
	FirstTry time.Time // when it did so first
	RetryAt  time.Time // not before then may an Approved order be tried (again)

	// Owner is the process that has it in Placing, and OwnerUntil the time
	// from which on that process may be taken for dead.
	Owner      string
	OwnerUntil time.Time

	Receipt   *Receipt // what the host confirmed; nil before that
	SettledBy string   // who ended an Unknown outcome: a user id, an operator's name, or [Bot]; "" otherwise

	// Tender is the process that brings card and thread up to date, and
	// TendUntil the time from which on another one may.
	CardOwner      string
	CardOwnerUntil time.Time

	Card          ShownMessage // the message with the buttons
	ThreadMessage ShownMessage // the last message in its thread

	Question ShownMessage // the last message that asks people what became of it
	AskedAt  time.Time    // when they were asked last; zero: not yet
}

// Post is a message about an order: the adapter's reference to it ("" if there
// is none) and the version of the order that it shows.
type ShownMessage struct {
	Ref     string
	Version int
}

// CardDue says whether the card does not show yet where the order stands.
func (o Order) CardDue() bool { return o.Card.Version < o.Version }

// WordDue says whether the thread still waits for a message about the state
// that the order is in.
func (o Order) ThreadMessageDue() bool {
	return o.State.NeedsThreadMessage() && o.ThreadMessage.Version < o.Version
}

// AskDue says whether the message that asked people about the order still does
// so although the outcome is known.
func (o Order) QuestionDue() bool {
	return o.Question.Ref != "" && o.State != Unknown && o.Question.Version < o.Version
}

// SettledAs is the host's id of the order that an Unknown outcome turned out to
// be, "" if it was not settled, or without an id.
func (o Order) SettledAs() string {
	if o.State != Placed || o.SettledBy == "" || o.Receipt == nil {
		return ""
	}
	return o.Receipt.OrderID
}

// Entry is one row of an order's history.
type Entry struct {
	Version int // of the order after it
	At      time.Time
	Who     string // a user id, or [Bot]
	From    State
	To      State
	Why     string
}

// Bot is the Who of what the program did by itself.
const Bot = "extendbot"

// Work is a kind of due work: something that has to happen although the
// process may die first. Doing it twice is harmless.
type Work string

// The kinds of due work.
const (
	// WorkTend brings card and thread up to date, and ends a pending order
	// whose deadline has passed.
	WorkReconcile Work = "reconcile"
	// WorkPlace places an approved order, or finds that its owner died, and
	// then tends it.
	WorkPlace Work = "place"
	// WorkLookUp looks up what became of an order whose outcome is unknown,
	// and asks people when that leads to nothing.
	WorkLookup Work = "look_up"
)

// Works lists all kinds of due work.
func Works() []Work { return []Work{WorkReconcile, WorkPlace, WorkLookup} }

// Due is one piece of due work for an order, not before At.
type Due struct {
	Work Work
	At   time.Time
}
