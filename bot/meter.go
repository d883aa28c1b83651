package bot

import (
	"time"

	"extendbot/order"
)

// Meter counts what happens on the wire to Slack. Its methods are called from
// many goroutines and must not block.
type Meter interface {
	// Answered counts an envelope and the time from its arrival to its answer. kind
	// is Slack's envelope type, outcome one of the Outcome constants.
	Answered(kind, outcome string, took time.Duration)
	// Denied counts a refused request or decision, by its code.
	Denied(code order.Code)
	// Called counts one call of the Web API, as [slackapi.Config].Called describes.
	Called(method, code string, took time.Duration)
	// Opened counts one attempt to open a connection.
	Opened()
	// LostAck counts an answer that could not be written.
	LostAck()
	// Panicked counts a handler that panicked.
	Panicked()
}

// The possible outcomes of an envelope.
const (
	OutcomeDone     = "done"     // handled and acked
	OutcomeRefused  = "refused"  // acked with a refusal, or with what was wrong
	OutcomeRepeated = "repeated" // a redelivery: acked, changed nothing
	OutcomeBusy     = "busy"     // no worker was free
	OutcomeForeign  = "foreign"  // from another workspace or app
	OutcomeUnacked  = "unacked"  // deliberately not acked, so that Slack tells the user
)

type noMeter struct{}

func (noMeter) Answered(string, string, time.Duration) {}
func (noMeter) Denied(order.Code)                      {}
func (noMeter) Called(string, string, time.Duration)   {}
func (noMeter) Opened()                                {}
func (noMeter) LostAck()                               {}
func (noMeter) Panicked()                              {}
