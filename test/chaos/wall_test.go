package chaos

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"extendbot/internal/slacksim"
)

// wall is what hangs in the channels: every message as it is now, the cards by
// the hours that they ask for, and the threads.
type wall struct {
	mu       sync.Mutex
	messages map[string]slacksim.Message // by timestamp
	first    map[int]string              // the timestamp of the first card for so many hours
	cards    map[string][]string         // the timestamps of an order's cards, by its id
	threads  map[string][]string         // the timestamps of the replies, by their parent's
}

var asked = regexp.MustCompile(`by (\d+) hours?\b`)

// put takes a message that appeared or changed. Of two changes at once the later
// one may be told of first.
func (w *wall) put(m slacksim.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.messages == nil {
		w.messages, w.first = map[string]slacksim.Message{}, map[int]string{}
		w.cards, w.threads = map[string][]string{}, map[string][]string{}
	}
	before, known := w.messages[m.TS]
	if known && m.Edits < before.Edits {
		return
	}
	w.messages[m.TS] = m
	if known {
		return
	}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		w.threads[m.ThreadTS] = append(w.threads[m.ThreadTS], m.TS)
		return
	}
	confirm, ok := m.Button("order_confirm")
	if !ok {
		return
	}
	w.cards[confirm.Value] = append(w.cards[confirm.Value], m.TS)
	if hours := hoursOf(m); w.first[hours] == "" {
		w.first[hours] = m.TS
	}
}

// hoursOf reads for how many hours a card is.
func hoursOf(card slacksim.Message) int {
	found := asked.FindStringSubmatch(card.Text)
	if found == nil {
		return 0
	}
	hours, _ := strconv.Atoi(found[1])
	return hours
}

// card gives the first card for so many hours.
func (w *wall) card(hours int) (slacksim.Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, ok := w.messages[w.first[hours]]
	return m, ok
}

func (w *wall) message(ts string) (slacksim.Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, ok := w.messages[ts]
	return m, ok
}

// cardsOf gives all cards that an order ever had.
func (w *wall) cardsOf(id string) []slacksim.Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all(w.cards[id])
}

// questions are how the messages begin in which people are asked what became of
// an order. They stand in its thread and are no word about it.
var questions = []string{"Please find out whether", "I asked what became of", "The question whether"}

func isQuestion(m slacksim.Message) bool {
	return slices.ContainsFunc(questions, func(start string) bool { return strings.HasPrefix(m.Text, start) })
}

// wordsOf gives what stands in the threads of an order's cards, oldest first,
// but for questions.
func (w *wall) wordsOf(id string) []slacksim.Message {
	return slices.DeleteFunc(w.repliesTo(id), isQuestion)
}

// questionsOf gives the questions that wordsOf leaves out.
func (w *wall) questionsOf(id string) []slacksim.Message {
	return slices.DeleteFunc(w.repliesTo(id), func(m slacksim.Message) bool { return !isQuestion(m) })
}

func (w *wall) repliesTo(id string) []slacksim.Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var replies []slacksim.Message
	for _, card := range w.cards[id] {
		replies = append(replies, w.all(w.threads[card])...)
	}
	return replies
}

func (w *wall) all(timestamps []string) []slacksim.Message {
	var list []slacksim.Message
	for _, ts := range timestamps {
		list = append(list, w.messages[ts])
	}
	return list
}
