package bot

import (
	"fmt"
	"runtime"
	"runtime/debug"

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
