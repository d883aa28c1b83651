//go:build chaos

package chaos

import (
	"regexp"
	"strconv"
	"sync"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// shownMessages is what Slack shows: the current state of every message, the
// first cards by their hours, the cards of each order, and the threads.
type shownMessages struct {
	private    privateMessages
	mu         sync.Mutex
	messages   map[string]slacksim.Message // by timestamp
	firstCards map[int]string              // timestamps, by hours
	cards      map[string][]string         // timestamps, by the order's id
	threads    map[string][]string         // timestamps of the replies, by their parent's timestamp
	questions  map[string]bool             // timestamps of messages that had the buttons to settle an order
	subjects   map[string]subject          // what the messages in threads said when they were posted, by timestamp
}

// hoursIn finds the hours of an order in a message about it: "72 hours (3 days)",
// "3 days (72 h)".
var hoursIn = regexp.MustCompile(`\b(\d+) h(?:ours?)?\b`)

// record records a message that was posted or changed. Of two concurrent
// changes, the later one may arrive first.
func (s *shownMessages) record(m slacksim.Message) {
	if m.Channel != channel && m.Edits == 0 {
		s.private.record(privateMessage{text: m.Flat(), at: m.PostedAt})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.messages == nil {
		s.messages, s.firstCards = map[string]slacksim.Message{}, map[int]string{}
		s.cards, s.threads, s.questions = map[string][]string{}, map[string][]string{}, map[string]bool{}
		s.subjects = map[string]subject{}
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
		return
	}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		s.threads[m.ThreadTS] = append(s.threads[m.ThreadTS], m.TS)
		s.subjects[m.TS] = subjectOf(m.Flat())
		return
	}
	confirm, ok := m.Button("order_confirm")
	if !ok {
		return
	}
	s.cards[confirm.Value] = append(s.cards[confirm.Value], m.TS)
	if hours := hoursOf(m); s.firstCards[hours] == "" {
		s.firstCards[hours] = m.TS
	}
}

// isOpen reports whether a message has the buttons that decide an order.
func isOpen(m slacksim.Message) bool {
	_, open := m.Button("order_confirm")
	return open
}

// hoursOf returns the hours of a card.
func hoursOf(card slacksim.Message) int {
	found := hoursIn.FindStringSubmatch(card.Text)
	if found == nil {
		return 0
	}
	hours, _ := strconv.Atoi(found[1])
	return hours
}

// card returns the first card for this many hours.
func (s *shownMessages) card(hours int) (slacksim.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.messages[s.firstCards[hours]]
	return m, ok
}

// countCards counts the cards of different requests.
func (s *shownMessages) countCards() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.firstCards)
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
	{regexp.MustCompile(`^🛑`), subject(order.Cancelled)},
	{regexp.MustCompile(`^⌛`), subject(order.Expired)},
	{regexp.MustCompile(`^⏳`), waiting},
	{regexp.MustCompile(`^Settled: the order to extend`), superseded},
	{regexp.MustCompile(`^<@\w+> asked to extend .* It (was canceled|expired)`), ended},
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
