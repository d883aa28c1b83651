//go:build chaos

package chaos

import (
	"slices"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// privateMessage is a message that only one person got: a direct message, or an
// ephemeral one.
type privateMessage struct {
	user  string
	text  string
	at    time.Time
	about subject
	by    int // the hours of the order that extended the server meanwhile
}

// privateMessages are all that people got, by the hours of the request that they
// are about.
type privateMessages struct {
	mu      sync.Mutex
	byHours map[int][]privateMessage
	stopped []privateMessage // those that a limit stopped a press
}

func (p *privateMessages) record(m privateMessage) {
	m.about = subjectOf(m.text)
	if m.about == otherwise {
		return // an answer to a click, for example
	}
	if m.about == overLimit {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopped = append(p.stopped, m)
		return
	}
	hours := hoursBy(hoursIn, m.text)
	if m.about == extended {
		hours, m.by = hoursBy(moreIn, m.text), hours
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if hours == 0 {
		return // it does not say about which order it is, so it does not count
	}
	if p.byHours == nil {
		p.byHours = map[int][]privateMessage{}
	}
	p.byHours[hours] = append(p.byHours[hours], m)
}

func (p *privateMessages) recordEphemeral(e slacksim.Ephemeral) {
	m := privateMessage{user: e.User, text: e.Flat(), at: e.At}
	if answersCommand := e.Source == slacksim.SourceAck && subjectOf(m.text) == overLimit; e.Edits == 0 && !e.Deleted && !answersCommand {
		p.record(m)
	}
}

// stops returns the messages that a limit stopped a press, oldest first.
func (p *privateMessages) stops() []privateMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(slices.Values(p.stopped), func(a, b privateMessage) int { return a.at.Compare(b.at) })
}

// of returns the messages about the request for this many hours, oldest first.
func (p *privateMessages) of(hours int) []privateMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.byHours[hours])
}
