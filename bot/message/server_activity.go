package message

import (
	"fmt"
	"strings"

	"extendbot/order"
)

// maxOthers is how many other orders are named. The rest is only counted.
const maxOthers = 3

// otherOrders lists the other orders for the server of a pending order. It
// returns "" if there are none, or if the order is decided.
func otherOrders(v OrderView) string {
	if v.Order.State != order.Pending {
		return ""
	}
	lines := []string{"⚠️ *There is another order for this server:*"}
	more := 0
	for _, o := range v.Activity.Others {
		switch {
		case o.ID == v.Order.ID:
		case len(lines) > maxOthers:
			more++
		default:
			lines = append(lines, fmt.Sprintf("• %s, %s: %s, %s", mention(o.Person.User), date(o.CreatedAt), o.Hours, stateLabel(o.State)))
		}
	}
	if len(lines) == 1 {
		return ""
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("• and %d more", more))
	}
	return strings.Join(lines, "\n")
}
