package message

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"extendbot/order"
)

// ServerLine is a server in an answer, and what is known of its lease.
type ServerLine struct {
	Server order.Server
	About  string // what the policy says that it is for; "" if nothing
	Lease  order.Lease
}

// ServerList answers "list": the servers of a person, the first to expire first,
// then those that have expired, then those whose expiry is not known.
func ServerList(v AnswerView) Message {
	if len(v.Servers) == 0 {
		return notice(fmt.Sprintf("You may extend any server of your 0xhost account by its id: %s.",
			commandText(v.Command, exampleServer(nil), "3d")))
	}
	servers := slices.SortedStableFunc(slices.Values(v.Servers), func(a, b ServerLine) int { return byExpiry(a, b, v.Now) })
	var entries []string
	for _, s := range servers[:min(len(servers), MaxAnswer)] {
		entries = append(entries, serverEntry(s, v))
	}
	heading, end := "Your servers:", ""
	if v.AnyServer {
		heading = "Servers of your latest orders:"
		end = "You may extend any other by its id."
	}
	if more := len(servers) - MaxAnswer; more > 0 {
		entries = append(entries, fmt.Sprintf("and %d more", more))
	}
	return list(heading, entries, end)
}

// byExpiry compares servers by when they expire, if that is still to come.
func byExpiry(a, b ServerLine, now time.Time) int {
	rank := func(s ServerLine) int {
		switch at := expiryOf(s); {
		case at.IsZero():
			return 2
		case at.Before(now):
			return 1
		default:
			return 0
		}
	}
	order := expiryOf(a).Compare(expiryOf(b))
	if rank(a) == 1 {
		order = -order // the latest first
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), order, cmp.Compare(a.Server.Label(), b.Server.Label()))
}

func expiryOf(s ServerLine) time.Time { return s.Lease.ExpiresAt }

// serverEntry describes a server in one line, and in a second what it is for, its last price,
// and from what its expiry follows if that is not a receipt alone.
func serverEntry(s ServerLine, v AnswerView) string {
	text := "• " + serverName(s.Server)
	switch at := expiryOf(s); {
	case at.IsZero():
		text += ", expiry not known"
	case at.Before(v.Now):
		text += " expired " + date(at)
	default:
		text += " until " + date(at)
	}
	if more := dotted(codeIfKnown(s.About), lastPrice(s, v), shortEvidence(s.Lease)); more != "" {
		text += "\n" + more
	}
	return text
}

// shortEvidence is [leaseEvidence] in as few words as leave room for the rest of a line.
func shortEvidence(l order.Lease) string {
	var parts []string
	if l.From == order.LeaseFromPolicy {
		parts = append(parts, "expiry from the policy")
	}
	if l.Elsewhere > 0 {
		parts = append(parts, fmt.Sprintf("+%d h elsewhere", int(l.Elsewhere)))
	}
	if l.Unstated > 0 {
		parts = append(parts, fmt.Sprintf("+%d h added", int(l.Unstated)))
	}
	return dotted(parts...)
}

// lastPrice returns "" if it is not known.
func lastPrice(s ServerLine, v AnswerView) string {
	if s.Lease.Last == nil {
		return ""
	}
	r := receiptOf(*s.Lease.Last)
	price := money(r.Amount, firstNonEmpty(r.Currency, v.Currency))
	if price == "" || r.Hours <= 0 {
		return ""
	}
	return fmt.Sprintf("%s for %s", price, inDays(r.Hours))
}

// inDays writes hours as days if they are whole days, else as hours.
func inDays(h order.Hours) string {
	switch {
	case h == 24:
		return "1 day"
	case h%24 == 0:
		return fmt.Sprintf("%d days", h/24)
	default:
		return h.Short()
	}
}
