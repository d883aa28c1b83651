package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// order is one order on its way, as it is seen from outside.
type order struct {
	server, user, channel string

	asked   time.Time // when the command was handed over
	pressed time.Time // when the click was handed over

	card    chan struct{} // closed when the card was posted
	receipt chan struct{} // closed when the receipt was posted

	// Read these after the channels were closed.
	ts        string
	cardAt    time.Time
	receiptAt time.Time
}

// watch notes when the messages of each order appear.
type watch struct {
	mu     sync.Mutex
	orders map[string]*order // by server
}

func newWatch() *watch { return &watch{orders: map[string]*order{}} }

const (
	serverPrefix = "srv-"
	serverLength = len(serverPrefix) + 7
)

func serverID(i int) string { return fmt.Sprintf(serverPrefix+"%07d", i) }

// newOrders makes n orders, each with a server of its own.
func (w *watch) newOrders(n int) []*order {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]*order, n)
	for i := range list {
		number := len(w.orders)
		o := &order{
			server: serverID(number),
			user:   userID(number % people), channel: channelID(number % inFlight),
			card: make(chan struct{}), receipt: make(chan struct{}),
		}
		list[i], w.orders[o.server] = o, o
	}
	return list
}

// seen is called for each message that appears or changes.
func (w *watch) seen(m slacksim.Message) {
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
