package main

import (
	"sync"

	"extendbot/internal/slacksim"
)

// arrival is something that appeared or changed in Slack: a message, or an
// ephemeral.
type arrival struct {
	message   *slacksim.Message
	ephemeral *slacksim.Ephemeral
}

// inbox holds what arrived until somebody looks. Whoever puts something in
// never waits: Slack's answer to the bot would be late.
type inbox struct {
	mu     sync.Mutex
	queue  []arrival
	signal chan struct{} // has one value while something may be in the queue
}

func newInbox() *inbox { return &inbox{signal: make(chan struct{}, 1)} }

func (i *inbox) config() slacksim.Config {
	return slacksim.Config{
		OnMessage:   func(m slacksim.Message) { i.put(arrival{message: &m}) },
		OnEphemeral: func(e slacksim.Ephemeral) { i.put(arrival{ephemeral: &e}) },
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
