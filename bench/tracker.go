package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// trackedOrder is one order, with what people see of it.
type trackedOrder struct {
	server, user, channel string

	asked   time.Time // when Slack sent the command
	pressed time.Time // when Slack sent the click

	card    chan struct{} // closed when the card was posted
	receipt chan struct{} // closed when the receipt was posted

	// To be read after the channels were closed.
	ts        string
	cardAt    time.Time
	receiptAt time.Time
}

// tracker records when the messages of each order appear.
type tracker struct {
	mu     sync.Mutex
	orders map[string]*trackedOrder // by server
}

func newTracker() *tracker { return &tracker{orders: map[string]*trackedOrder{}} }

const (
	serverPrefix = "srv-"
	serverLength = len(serverPrefix) + 7
)

func serverID(i int) string { return fmt.Sprintf(serverPrefix+"%07d", i) }

// newOrders returns n orders, each with its own server.
func (w *tracker) newOrders(n int) []*trackedOrder {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]*trackedOrder, n)
	for i := range list {
		number := len(w.orders)
		o := &trackedOrder{
			server: serverID(number),
			user:   userID(number), channel: channelID(number),
			card: make(chan struct{}), receipt: make(chan struct{}),
		}
		list[i], w.orders[o.server] = o, o
	}
	return list
}

// record is called for each message that is posted or changed.
func (w *tracker) record(m slacksim.Message) {
	now := time.Now()
	if m.Edits > 0 {
		return
	}
	at := strings.Index(m.Text, serverPrefix)
	if at < 0 || len(m.Text) < at+serverLength {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.orders[m.Text[at:at+serverLength]]
	switch {
	case o == nil:
	case m.ThreadTS == "" && o.ts == "":
		o.ts, o.cardAt = m.TS, now
		close(o.card)
	case m.ThreadTS != "" && o.receiptAt.IsZero():
		o.receiptAt = now
		close(o.receipt)
	}
}
