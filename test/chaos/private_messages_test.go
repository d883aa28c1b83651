//go:build chaos

package chaos

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// privateMessage is a message that only one person got: a direct message, or an
// ephemeral one.
type privateMessage struct {
	text  string
	at    time.Time
	about subject
}

// privateMessages are all that people got, by the hours of the order that they
// are about. No two orders have the same hours.
type privateMessages struct {
	mu      sync.Mutex
	byHours map[int][]privateMessage
}

func (p *privateMessages) record(m privateMessage) {
	m.about = subjectOf(m.text)
	if m.about == otherwise {
		return // an answer to a click, for example
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	found := hoursIn.FindStringSubmatch(m.text)
	if found == nil {
		return // it does not say about which order it is, so it does not count
	}
	if p.byHours == nil {
		p.byHours = map[int][]privateMessage{}
	}
	hours, _ := strconv.Atoi(found[1])
	p.byHours[hours] = append(p.byHours[hours], m)
}

func (p *privateMessages) recordEphemeral(e slacksim.Ephemeral) {
	if e.Edits == 0 && !e.Deleted {
		p.record(privateMessage{text: e.Flat(), at: e.At})
	}
}

// of returns the messages about the order for this many hours, oldest first.
func (p *privateMessages) of(hours int) []privateMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.byHours[hours])
}
