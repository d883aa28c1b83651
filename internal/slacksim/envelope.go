package slacksim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// The types of an envelope.
const (
	EventsAPI     = "events_api"
	SlashCommands = "slash_commands"
	Interactive   = "interactive"
)

// Delivery is what became of one envelope. It does not change any more once the
// call that made it has returned.
type Delivery struct {
	EnvelopeID  string
	Type        string
	TriggerID   string // "" for events
	ResponseURL string // "" for events and views; whoever has it can post
	Conn        int    // the link that carried it last, 0 if none did
	Attempts    int    // how often it was handed to a link
	SentAt      time.Time
	Acked       bool
	Took        time.Duration   // from the last hand-over to the ack
	Payload     json.RawMessage // the ack's payload, nil if it had none

	body    json.RawMessage // the envelope's payload
	accepts bool
	effect  func(json.RawMessage) error // what the ack's payload does in the workspace
}

// Body is the payload of the envelope, as it was delivered.
func (d *Delivery) Body() json.RawMessage { return d.body }

// frame is an envelope on the wire.
// https://docs.slack.dev/apis/events-api/using-socket-mode
type frame struct {
	EnvelopeID   string          `json:"envelope_id"`
	Payload      json.RawMessage `json:"payload"`
	Type         string          `json:"type"`
	Accepts      bool            `json:"accepts_response_payload"`
	RetryAttempt *int            `json:"retry_attempt,omitempty"`
	RetryReason  *string         `json:"retry_reason,omitempty"`
}

// Deliver hands an envelope with any payload to one link and waits for its ack.
// What the ack's payload says has no effect beyond [Delivery.Payload].
//
// The delivery is never nil. The error is nil if the ack came in time,
// [ErrOperationTimeout] if not, [ErrDispatchFailed] if there was no link to carry
// it or that link was broken.
func (s *Server) Deliver(ctx context.Context, kind string, payload any, acceptsResponse bool) (*Delivery, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return &Delivery{Type: kind}, fmt.Errorf("slacksim: payload: %w", err)
	}
	d := &Delivery{EnvelopeID: newEnvelopeID(), Type: kind, body: body, accepts: acceptsResponse}
	return d, s.deliver(ctx, d)
}

// Redeliver hands the same payload over once more, as Slack does at times, under
// the same envelope id or under a new one. The ack has its effect again.
func (s *Server) Redeliver(ctx context.Context, d *Delivery, sameEnvelopeID bool) (*Delivery, error) {
	again := &Delivery{
		EnvelopeID: d.EnvelopeID, Type: d.Type, TriggerID: d.TriggerID, ResponseURL: d.ResponseURL,
		body: d.body, accepts: d.accepts, effect: d.effect,
	}
	if !sameEnvelopeID {
		again.EnvelopeID = newEnvelopeID()
	}
	return again, s.deliver(ctx, again)
}

func (d *Delivery) wire() ([]byte, error) {
	f := frame{EnvelopeID: d.EnvelopeID, Payload: d.body, Type: d.Type, Accepts: d.accepts}
	if d.Type == EventsAPI {
		attempt, reason := d.Attempts, ""
		if attempt > 0 {
			reason = "timeout"
		}
		f.RetryAttempt, f.RetryReason = &attempt, &reason
	}
	wire, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("slacksim: envelope: %w", err)
	}
	return wire, nil
}

// newEnvelopeID looks like the UUID that Slack uses.
func newEnvelopeID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
