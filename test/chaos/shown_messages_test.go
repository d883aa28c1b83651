//go:build chaos

package chaos

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// shownMessages is what Slack shows: the current state of every message, the
// cards by their hours and by their orders, and the threads.
type shownMessages struct {
	private   privateMessages
	mu        sync.Mutex
	messages  map[string]slacksim.Message // by timestamp
	byHours   map[int][]string            // timestamps of cards, by hours
	cards     map[string][]string         // timestamps of cards, by the order's id
	extended  map[string][]sighting       // what cards said about who extended the server, by the order's id
	threads   map[string][]string         // timestamps of the replies, by their parent's timestamp
	closed    map[string]time.Time        // when cards lost the buttons that decide an order, by timestamp
	questions map[string]bool             // timestamps of messages that had the buttons to settle an order
	subjects  map[string]subject          // what the messages in threads said when they were posted, by timestamp
}

// sighting is that a card says which order extended the server.
type sighting struct {
	by order.ID
	at time.Time
}

// rentalTime is how messages write the hours of an order: "1 hour", "72 hours (3
// days)", "1 day 2 hours (26 h)".
const rentalTime = `(?:[0-9a-z ]+ \((\d+) h\)|(\d+) hours?\b)`

// hoursIn finds the hours of the order that a message is about, and moreIn those of
// the order that the person can still confirm.
var (
	hoursIn = regexp.MustCompile(` by ` + rentalTime)
	moreIn  = regexp.MustCompile(` Press (?:Confirm|Approve) again if you want ` + rentalTime + `.* more\.$`)
)

// hoursBy returns the hours that a pattern finds in a text, or 0.
func hoursBy(pattern *regexp.Regexp, text string) int {
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	hours, _ := strconv.Atoi(found[1] + found[2])
	return hours
}

// record records a message that was posted or changed. Of two concurrent
// changes, the later one may arrive first.
func (s *shownMessages) record(m slacksim.Message) {
	if m.Channel != channel && m.Edits == 0 {
		s.private.record(privateMessage{user: m.Channel, text: m.Flat(), at: m.PostedAt})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.messages == nil {
		s.messages, s.byHours = map[string]slacksim.Message{}, map[int][]string{}
		s.cards, s.threads, s.questions = map[string][]string{}, map[string][]string{}, map[string]bool{}
		s.closed, s.subjects, s.extended = map[string]time.Time{}, map[string]subject{}, map[string][]sighting{}
	}
	confirm, asks := m.Button("order_confirm")
	if by := seenOn(m); by != "" {
		s.extended[confirm.Value] = append(s.extended[confirm.Value], sighting{by, time.Now()})
	}
	if _, ok := m.Button("order_settle_placed"); ok {
		s.questions[m.TS] = true // it remains a question after it is answered
	}
	before, known := s.messages[m.TS]
	if known && m.Edits < before.Edits {
		return
	}
	s.messages[m.TS] = m
	if known {
		if isOpen(before) && !asks && s.closed[m.TS].IsZero() {
			s.closed[m.TS] = m.EditedAt
		}
		return
	}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		s.threads[m.ThreadTS] = append(s.threads[m.ThreadTS], m.TS)
		s.subjects[m.TS] = subjectOf(m.Flat())
		return
	}
	if !asks {
		return
	}
	s.cards[confirm.Value] = append(s.cards[confirm.Value], m.TS)
	hours := hoursBy(hoursIn, m.Text)
	s.byHours[hours] = append(s.byHours[hours], m.TS)
}

// isOpen reports whether a message has the buttons that decide an order.
func isOpen(m slacksim.Message) bool {
	_, open := m.Button("order_confirm")
	return open
}

// isOpen reports whether the message at a place has these buttons.
func (s *shownMessages) isOpen(ref string) bool {
	_, ts, _ := strings.Cut(ref, "/")
	m, ok := s.message(ts)
	return ok && isOpen(m)
}

// card returns the first card for this many hours.
func (s *shownMessages) card(hours int) (slacksim.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byHours[hours]) == 0 {
		return slacksim.Message{}, false
	}
	return s.messages[s.byHours[hours][0]], true
}

// openCard returns a card for this many hours that can be decided.
func (s *shownMessages) openCard(hours int) (slacksim.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ts := range s.byHours[hours] {
		if isOpen(s.messages[ts]) {
			return s.messages[ts], true
		}
	}
	return slacksim.Message{}, false
}

// againButton returns the button of a card, or of a message in its thread, that
// asks once more for what its order did not get.
func (s *shownMessages) againButton(card string) (slacksim.Message, blockkit.Button, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ts := range append([]string{card}, s.threads[card]...) {
		if b, ok := s.messages[ts].Button("order_again"); ok {
			return s.messages[ts], b, true
		}
	}
	return slacksim.Message{}, blockkit.Button{}, false
}

// closedAt returns when a card lost the buttons that decide an order, or the zero time.
func (s *shownMessages) closedAt(card string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed[card]
}

// countCards counts the cards of different requests.
func (s *shownMessages) countCards() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byHours)
}

// now returns a message as it is now.
func (s *shownMessages) now(m slacksim.Message) slacksim.Message {
	m, _ = s.message(m.TS)
	return m
}

func (s *shownMessages) message(ts string) (slacksim.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.messages[ts]
	return m, ok
}

// cardsOf returns all cards that an order ever had.
func (s *shownMessages) cardsOf(id string) []slacksim.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []slacksim.Message
	for _, ts := range s.cards[id] {
		list = append(list, s.messages[ts])
	}
	return list
}

// extensionsShown returns what the cards of an order said about who extended the
// server.
func (s *shownMessages) extensionsShown(id string) []sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.extended[id])
}

// threadMessage is a reply in the thread of a card, as it is now, and what it was
// about when it was posted.
type threadMessage struct {
	slacksim.Message

	about subject
}

// threadMessagesOf returns the replies in the threads of an order's cards, oldest
// first, without questions.
func (s *shownMessages) threadMessagesOf(id string) []threadMessage { return s.repliesTo(id, false) }

// questionsOf returns the questions that threadMessagesOf leaves out.
func (s *shownMessages) questionsOf(id string) []threadMessage { return s.repliesTo(id, true) }

func (s *shownMessages) repliesTo(id string, questions bool) []threadMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var replies []threadMessage
	for _, card := range s.cards[id] {
		for _, ts := range s.threads[card] {
			if s.questions[ts] == questions {
				replies = append(replies, threadMessage{s.messages[ts], s.subjects[ts]})
			}
		}
	}
	return replies
}

// subject is what a message is about: a state of its order, or one of the others.
type subject string

const (
	waiting    subject = "waiting"    // the order waits for 0xhost
	superseded subject = "superseded" // the outcome was unknown, and is known now
	onItsWay   subject = "on its way" // the card is late
	unposted   subject = "unposted"   // the order ended without a card
	ended      subject = "ended"      // the order ended, and its card cannot show that
	repeated   subject = "repeated"   // the same is asked for already
	extended   subject = "extended"   // another order extended the server meanwhile
	overLimit  subject = "over limit" // a limit stopped a request or a press
	reminder   subject = "reminder"   // some approvers have not said yes
	why        subject = "why"        // why the order was declined
	otherwise  subject = ""
)

// subjects are the ways in which messages begin.
var subjects = []struct {
	begin *regexp.Regexp
	about subject
}{
	{regexp.MustCompile(`^(✅|❗|🚨)`), subject(order.Placed)},
	{regexp.MustCompile(`^❌`), subject(order.Refused)},
	{regexp.MustCompile(`^❓`), subject(order.Unknown)},
	{regexp.MustCompile(`^🚫`), subject(order.NotPlaced)},
	{regexp.MustCompile(`^🛑 Why <@`), why},
	{regexp.MustCompile(`^🛑 \*(<@\w+>: <@\w+> declined|Declined)`), subject(order.Declined)},
	{regexp.MustCompile(`^🛑`), subject(order.Cancelled)},
	{regexp.MustCompile(`^⌛`), subject(order.Expired)},
	{regexp.MustCompile(`^⏳ Extending .* still needs`), reminder},
	{regexp.MustCompile(`^⏳`), waiting},
	{regexp.MustCompile(`^Settled: the order to extend`), superseded},
	{regexp.MustCompile(`^<@\w+> asked to extend .* It (was canceled|expired)`), ended},
	{regexp.MustCompile(`^You already asked to extend [^;.]+(\. Its card: <http[^|>]+\|[^|>]+>\.|; its card is on its way\.|; its card is in <#\w+>\. To drop it: .+)$`), repeated},
	{regexp.MustCompile(`^(<@\w+>|You) extended [^.]+\. Press (?:Confirm|Approve) again if you want .+ more\.$`), extended},
	{regexp.MustCompile(`^That (is over|alone.* is more than) the limit of `), overLimit},
	{regexp.MustCompile(`^The card for .* is on its way`), onItsWay},
	{regexp.MustCompile(`^(Slack did not accept the card for .* in time|I could not post the card)`), unposted},
}

// subjectOf returns what a message with this text is about.
func subjectOf(text string) subject {
	for _, s := range subjects {
		if s.begin.MatchString(text) {
			return s.about
		}
	}
	return otherwise
}
