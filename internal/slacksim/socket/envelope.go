package socket

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// The types of an envelope.
const (
	EventsAPI     = "events_api"
	SlashCommands = "slash_commands"
	Interactive   = "interactive"
)

// Envelope is what Slack delivers to the app.
type Envelope struct {
	Type            string          // [EventsAPI], [SlashCommands] or [Interactive]
	Payload         json.RawMessage // what happened
	AcceptsResponse bool            // the ack may have a payload
	TriggerID       string          // in the payload; "" if there is none
	ResponseURL     string          // in the payload; "" if there is none

	// Effect applies the payload of the ack to the workspace; nil for nothing.
	Effect func(ackPayload json.RawMessage) error
}

// Delivery describes what happened to one envelope. It does not change after the
// call that created it has returned.
type Delivery struct {
	EnvelopeID  string
	Type        string
	TriggerID   string // "" for events
	ResponseURL string // "" for events and views; anyone who knows it can post
	Conn        int    // the id of the connection that last carried it; 0 if none did
	Attempts    int    // how often it was sent over a connection
	SentAt      time.Time
	Acked       bool
	Took        time.Duration   // from the last attempt to the ack
	Payload     json.RawMessage // the ack's payload; nil if it had none

	envelope Envelope
}

func newDelivery(e Envelope, id string) *Delivery {
	return &Delivery{EnvelopeID: id, Type: e.Type, TriggerID: e.TriggerID, ResponseURL: e.ResponseURL, envelope: e}
}

// Body returns the payload of the envelope as it was delivered.
func (d *Delivery) Body() json.RawMessage { return d.envelope.Payload }

// AckText returns the text of the message in the ack's payload, followed by the
// text of its blocks, or "" if there was no message.
func (d *Delivery) AckText() string {
	var msg struct {
		Text   string          `json:"text"`
		Blocks json.RawMessage `json:"blocks"`
	}
	if d.Payload == nil || json.Unmarshal(d.Payload, &msg) != nil {
		return ""
	}
	blocks := blockkit.FlattenText(msg.Blocks)
	if msg.Text == "" || blocks == "" {
		return msg.Text + blocks
	}
	return msg.Text + "\n" + blocks
}

// frame is an envelope in its wire format.
// https://docs.slack.dev/apis/events-api/using-socket-mode
type frame struct {
	EnvelopeID   string          `json:"envelope_id"`
	Payload      json.RawMessage `json:"payload"`
	Type         string          `json:"type"`
	Accepts      bool            `json:"accepts_response_payload"`
	RetryAttempt *int            `json:"retry_attempt,omitempty"`
	RetryReason  *string         `json:"retry_reason,omitempty"`
}

// frame returns the envelope's wire format for the next attempt.
func (d *Delivery) frame() ([]byte, error) {
	f := frame{EnvelopeID: d.EnvelopeID, Payload: d.envelope.Payload, Type: d.Type, Accepts: d.envelope.AcceptsResponse}
	if d.Type == EventsAPI {
		attempt, reason := d.Attempts, ""
		if attempt > 0 {
			reason = "timeout"
		}
		f.RetryAttempt, f.RetryReason = &attempt, &reason
	}
	b, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("slacksim: envelope: %w", err)
	}
	return b, nil
}

// newEnvelopeID returns a random id in Slack's format, a UUID.
func newEnvelopeID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
