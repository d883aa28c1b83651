package bot

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/order"
)

// The names of the fields in log lines, the same in all packages.
const (
	fieldOrder    = "order_id"
	fieldEnvelope = "envelope_id"
	fieldTeam     = "team_id"
	fieldUser     = "user_id"
	fieldServer   = "server"    // its name
	fieldServerID = "server_id" // its id at 0xhost
	fieldState    = "state"
	fieldError    = "error"
	fieldCode     = "code"
	fieldSocket   = "connection"
	fieldTask     = "task" // what is done for an order
)

// orderFields returns the fields that every log line about an order has.
func orderFields(o order.Order) logrus.Fields {
	return logrus.Fields{
		fieldOrder: o.ID, fieldTeam: o.Person.Team, fieldUser: o.Person.User,
		fieldServer: o.Server.Name, fieldServerID: o.Server.ID, fieldState: o.State,
	}
}

// logPanic counts and logs a panic. Its text may contain a payload, so only its
// type and the stack are logged.
func logPanic(cfg *Config, log logrus.FieldLogger, p any) {
	cfg.Meter.Panicked()
	what := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	log.WithField("panic", what).WithField("stack", string(debug.Stack())).Error("a handler panicked")
}

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
