package slacksim

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// maxAckFrame is the size in bytes over which Slack loses an ack without a word.
const maxAckFrame = 20480

// acks matches ack frames with the envelopes that wait for them.
type acks struct {
	mu    sync.Mutex
	known map[string][]*pending // by envelope id, empty once settled; more than one while redelivered
	stats AckStats
}

// pending is one envelope on its way.
type pending struct {
	acked chan ack
	conn  int // the only link on which the ack counts; 0 for any
}

type ack struct {
	at      time.Time
	payload json.RawMessage
}

// AckStats counts the frames that did not settle an envelope.
type AckStats struct {
	Accepted  int // the first ack of an envelope, in time
	Duplicate int // a further ack for the same envelope, or one that came too late
	Unknown   int // for an envelope that was never sent
	Oversized int // over 20480 bytes, ignored
	Malformed int // not JSON, or without an envelope_id
	Misplaced int // on another link than the envelope's, with [Config.StrictAcks]
}

func (a *acks) init() { a.known = make(map[string][]*pending) }

// expect starts to wait for an ack, also for an id that was acked before.
func (a *acks) expect(id string) *pending {
	p := &pending{acked: make(chan ack, 1)}
	a.mu.Lock()
	a.known[id] = append(a.known[id], p)
	a.mu.Unlock()
	return p
}

// bind lets only that link settle p.
func (a *acks) bind(p *pending, conn int) {
	a.mu.Lock()
	p.conn = conn
	a.mu.Unlock()
}

// giveUp ends the wait; an ack that comes now is one too many.
func (a *acks) giveUp(id string, p *pending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.known[id], p); i >= 0 {
		a.known[id] = slices.Delete(a.known[id], i, i+1)
	}
}

// ackArrived is called by the link's reader for each text frame.
func (s *Server) ackArrived(c *Conn, wire []byte) {
	at := time.Now()
	s.keepSent(sent{raw: wire})
	var msg struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	bad := len(wire) <= maxAckFrame && (json.Unmarshal(wire, &msg) != nil || msg.EnvelopeID == "")
	a := &s.acks
	a.mu.Lock()
	defer a.mu.Unlock()
	wait, known := a.known[msg.EnvelopeID]
	switch {
	case len(wire) > maxAckFrame:
		a.stats.Oversized++
	case bad:
		a.stats.Malformed++
	case !known:
		a.stats.Unknown++
	case len(wait) == 0:
		a.stats.Duplicate++
	case wait[0].conn != 0 && wait[0].conn != c.ID:
		a.stats.Misplaced++
	default:
		a.stats.Accepted++
		wait[0].acked <- ack{at: at, payload: msg.Payload} // has room for the only one
		a.known[msg.EnvelopeID] = slices.Delete(wait, 0, 1)
	}
}

// Acks returns what became of all ack frames so far.
func (s *Server) Acks() AckStats {
	s.acks.mu.Lock()
	defer s.acks.mu.Unlock()
	return s.acks.stats
}

// DuplicateAcks counts the acks for envelopes that needed none any more.
func (s *Server) DuplicateAcks() int { return s.Acks().Duplicate }

// AckText is the text of the message in the ack's payload, its blocks flattened
// after it; "" if there was none.
func (d *Delivery) AckText() string {
	var msg outgoing
	if d.Payload == nil || json.Unmarshal(d.Payload, &msg) != nil {
		return ""
	}
	flat := blockkit.FlattenText(msg.Blocks)
	if msg.Text == "" || flat == "" {
		return msg.Text + flat
	}
	return msg.Text + "\n" + flat
}

// commandEffect shows what a slash command's ack says.
// https://docs.slack.dev/interactivity/implementing-slash-commands
func (s *Server) commandEffect(user, channel, url string) func(json.RawMessage) error {
	return func(payload json.RawMessage) error {
		msg, err := parseOutgoing(payload)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBadAck, err)
		}
		if msg.empty() {
			return nil
		}
		s.show(msg, shown{user: user, channel: channel, source: SourceAck, url: url})
		return nil
	}
}
