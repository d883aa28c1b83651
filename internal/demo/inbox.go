package demo

import (
	"sync"

	"extendbot/internal/slacksim"
)

// arrival is something new or changed in Slack: a message, an ephemeral message, a
// modal, or an App Home.
type arrival struct {
	message   *slacksim.Message
	ephemeral *slacksim.Ephemeral
	modal     *slacksim.View
	home      *slacksim.View
}

// isPrivateFor reports whether it is an ephemeral message or a modal of this person.
func (a arrival) isPrivateFor(user string) bool {
	return a.ephemeral != nil && a.ephemeral.User == user && !a.ephemeral.Deleted || a.modal != nil && a.modal.User == user
}

// isNewCard reports whether it is a card that was just posted.
func (a arrival) isNewCard() bool {
	return a.message != nil && a.message.Edits == 0 && !decided(*a.message)
}

// inbox queues arrivals until the chat shows them. put never blocks, because
// that would delay Slack's answer to the bot.
type inbox struct {
	mu     sync.Mutex
	queue  []arrival
	signal chan struct{} // has a value while the queue may not be empty
}

func newInbox() *inbox { return &inbox{signal: make(chan struct{}, 1)} }

func (i *inbox) config() slacksim.Config {
	return slacksim.Config{
		OnMessage:   func(m slacksim.Message) { i.put(arrival{message: &m}) },
		OnEphemeral: func(e slacksim.Ephemeral) { i.put(arrival{ephemeral: &e}) },
		OnModal:     func(v slacksim.View) { i.put(arrival{modal: &v}) },
		OnHome:      func(v slacksim.View) { i.put(arrival{home: &v}) },
	}
}

func (i *inbox) put(a arrival) {
	i.mu.Lock()
	i.queue = append(i.queue, a)
	i.mu.Unlock()
	select {
	case i.signal <- struct{}{}:
	default:
	}
}

// take empties the queue.
func (i *inbox) take() []arrival {
	i.mu.Lock()
	defer i.mu.Unlock()
	queue := i.queue
	i.queue = nil
	return queue
}
