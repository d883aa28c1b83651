//go:build chaos

package chaos

import (
	"regexp"
	"strconv"
	"sync"

	"extendbot/internal/slacksim"
)

// shownMessages is what Slack shows: the current state of every message, the
// first cards by their hours, the cards of each order, and the threads.
type shownMessages struct {
	mu         sync.Mutex
	messages   map[string]slacksim.Message // by timestamp
	firstCards map[int]string              // timestamps, by hours
	cards      map[string][]string         // timestamps, by the order's id
	threads    map[string][]string         // timestamps of the replies, by their parent's timestamp
	questions  map[string]bool             // timestamps of messages that had the buttons to settle an order
}

var hoursIn = regexp.MustCompile(`by (\d+) hours?\b`)

// record records a message that was posted or changed. Of two concurrent
// changes, the later one may arrive first.
func (s *shownMessages) record(m slacksim.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.messages == nil {
		s.messages, s.firstCards = map[string]slacksim.Message{}, map[int]string{}
		s.cards, s.threads, s.questions = map[string][]string{}, map[string][]string{}, map[string]bool{}
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

// threadMessagesOf returns the messages in the threads of an order's cards,
// oldest first, without questions, which are not about a state of the order.
func (s *shownMessages) threadMessagesOf(id string) []slacksim.Message { return s.repliesTo(id, false) }

// questionsOf returns the questions that threadMessagesOf leaves out.
func (s *shownMessages) questionsOf(id string) []slacksim.Message { return s.repliesTo(id, true) }

func (s *shownMessages) repliesTo(id string, questions bool) []slacksim.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var replies []slacksim.Message
	for _, card := range s.cards[id] {
		for _, ts := range s.threads[card] {
			if s.questions[ts] == questions {
				replies = append(replies, s.messages[ts])
			}
		}
	}
	return replies
}
