package message

import (
	"fmt"
	"strings"

	"extendbot/order"
)

// maxCandidates is how many orders of the host are named.
const maxCandidates = 5

// lookupText returns what 0xhost's list showed of an order whose outcome is
// unknown; "" if it was not looked up.
func lookupText(l order.Candidates) string {
	ids := candidates(l.IDs)
	switch l.Match {
	case order.MatchNone:
		return "The list shows no new order of this account, server and hours."
	case order.MatchOne:
		return fmt.Sprintf("By now the list shows one order that fits: %s.", ids)
	case order.MatchSeveral:
		return fmt.Sprintf("The list shows %d orders that fit: %s.", len(l.IDs), ids)
	case order.MatchDoubtful:
		return fmt.Sprintf("The list shows one order that fits, but it may belong to something else: %s.", ids)
	case order.MatchPartialList:
		return "The list is incomplete or contradicts itself, so an order that is missing there proves nothing." + fitting(ids)
	case order.MatchNoBaseline:
		return "What the list showed before the order was not recorded, so an older order looks the same as this one." + fitting(ids)
	case order.MatchNoList:
		return "The list cannot be read at the moment."
	default:
		return ""
	}
}

// fitting names the orders that fit although they prove nothing.
func fitting(ids string) string {
	if ids == "" {
		return ""
	}
	return fmt.Sprintf(" These orders in it fit: %s.", ids)
}

// candidates names at most maxCandidates orders of the host and counts the rest.
func candidates(ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxCandidates)] {
		names = append(names, Code(id, maxName))
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
