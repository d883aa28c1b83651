package socket

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// maxAckFrame is the size in bytes above which Slack silently ignores an ack.
const maxAckFrame = 20480

// acks matches ack frames with the envelopes that wait for them.
type acks struct {
	mu sync.Mutex
	// waiting has the waiting deliveries, by the id of every envelope that was ever
	// sent. An envelope that is being delivered again has more than one.
	waiting map[string][]*pending
	stats   AckStats
}

// pending is one delivery that waits for its ack.
type pending struct {
	acked chan ack
	conn  int // the only connection on which the ack counts; 0 for any
}

type ack struct {
	at      time.Time
	payload json.RawMessage
}

// AckStats counts the ack frames by their result.
type AckStats struct {
	Accepted  int // the first ack of an envelope, in time
	Duplicate int // a further ack of the same envelope, or one that came too late
	Unknown   int // for an envelope that was never sent
	Oversized int // over 20480 bytes, ignored
	Malformed int // not JSON, or without an envelope_id
	Misplaced int // on another connection than the envelope, with [Config.StrictAcks]
}

// expect starts to wait for an ack, even for an id that was already acked.
func (a *acks) expect(id string) *pending {
	p := &pending{acked: make(chan ack, 1)}
	a.mu.Lock()
	a.waiting[id] = append(a.waiting[id], p)
	a.mu.Unlock()
	return p
}

// bind makes p accept an ack only on this connection.
func (a *acks) bind(p *pending, conn int) {
	a.mu.Lock()
	p.conn = conn
	a.mu.Unlock()
}

// cancel ends the wait. A later ack counts as a duplicate.
func (a *acks) cancel(id string, p *pending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.waiting[id], p); i >= 0 {
		a.waiting[id] = slices.Delete(a.waiting[id], i, i+1)
	}
}

// arrived handles a text frame that arrived on this connection.
func (a *acks) arrived(conn int, frame []byte) {
	at := time.Now()
	var msg struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	malformed := len(frame) <= maxAckFrame && (json.Unmarshal(frame, &msg) != nil || msg.EnvelopeID == "")
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting, known := a.waiting[msg.EnvelopeID]
	switch {
	case len(frame) > maxAckFrame:
		a.stats.Oversized++
	case malformed:
		a.stats.Malformed++
	case !known:
		a.stats.Unknown++
	case len(waiting) == 0:
		a.stats.Duplicate++
	case waiting[0].conn != 0 && waiting[0].conn != conn:
		a.stats.Misplaced++
	default:
		a.stats.Accepted++
		waiting[0].acked <- ack{at: at, payload: msg.Payload} // never blocks: it has room for the only one
		a.waiting[msg.EnvelopeID] = slices.Delete(waiting, 0, 1)
	}
}

// Acks returns how many ack frames have arrived.
func (h *Hub) Acks() AckStats {
	h.acks.mu.Lock()
	defer h.acks.mu.Unlock()
	return h.acks.stats
}
