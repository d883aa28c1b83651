package bot

import (
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
	fieldMethod   = "method"
	fieldSocket   = "connection"
)

// orderFields returns the fields that every log line about an order has.
func orderFields(o order.Order) logrus.Fields {
	return logrus.Fields{
		fieldOrder: o.ID, fieldTeam: o.Person.Team, fieldUser: o.Person.User,
		fieldServer: o.Server.Name, fieldServerID: o.Server.ID, fieldState: o.State,
	}
}
