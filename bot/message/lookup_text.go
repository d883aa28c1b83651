package message

import (
	"fmt"
	"strings"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// maxCandidates is how many of the host's orders are named.
const maxCandidates = 5

// lookupText describes what 0xhost's list showed about an order whose outcome is
// unknown. It returns "" if the order was not looked up.
func lookupText(l order.Candidates) string {
	ids := candidates(l.IDs)
	switch l.Match {
	case order.MatchNone:
		return "Its list shows no new order like this."
	case order.MatchOne:
		return fmt.Sprintf("By now its list shows one that matches: %s.", ids)
	case order.MatchSeveral:
		return fmt.Sprintf("Its list shows %d that match: %s.", len(l.IDs), ids)
	case order.MatchDoubtful:
		return fmt.Sprintf("Its list shows one that matches, but it may be another one: %s.", ids)
	case order.MatchPartialList:
		return "Its list is incomplete or contradicts itself, so this order may be missing from it." + fitting(ids)
	case order.MatchNoBaseline:
		return "What its list contained before was not recorded, so an older order cannot be told from this one." + fitting(ids)
	case order.MatchNoList:
		return "Its list cannot be read at the moment."
	default:
		return ""
	}
}

// fitting names the orders that match, although they prove nothing.
func fitting(ids string) string {
	if ids == "" {
		return ""
	}
	return fmt.Sprintf(" These match: %s.", ids)
}

// candidates names at most maxCandidates of the host's orders and counts the
// rest.
func candidates(ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxCandidates)] {
		names = append(names, mrkdwn.Code(id, maxName))
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
