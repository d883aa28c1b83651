package bot

import (
	"fmt"
	"strings"

	"extendbot/order"
)

// maxCandidates is how many orders of the host are named.
const maxCandidates = 5

// lookLine says what 0xhost's list showed of an order whose outcome is unknown;
// "" if nobody looked.
func lookLine(l order.Candidates) string {
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
		return "The list came only in part, or makes no sense, so what it lacks means nothing." + fitting(ids)
	case order.MatchNoBaseline:
		return "What the list showed before the order was not noted, so an older order looks the same as this one." + fitting(ids)
	case order.MatchNoList:
		return "The list cannot be read at the moment."
	default:
		return ""
	}
}

// fitting names the orders that fit where they prove nothing.
func fitting(ids string) string {
	if ids == "" {
		return ""
	}
	return fmt.Sprintf(" In it, this fits: %s.", ids)
}

// candidates names orders of the host, as many as are not too many.
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
