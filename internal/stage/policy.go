package stage

import (
	"fmt"
	"strings"
)

// Policy returns the text of a policy file that says who in the cast may do what.
func (c Cast) Policy() string {
	var b strings.Builder
	b.WriteString("servers:\n")
	for _, r := range c.Servers {
		fmt.Fprintf(&b, "  %s: %s\n", r.Name, r.entry())
	}
	b.WriteString("people:\n")
	for _, p := range c.People {
		if p.Account != "" {
			fmt.Fprintf(&b, "  %s: {account: %s%s} # %s\n", p.ID, p.Account, p.restrictions(), p.Name)
		}
	}
	if len(c.Approvals) > 0 {
		b.WriteString("approvals:\n")
	}
	for _, a := range c.Approvals {
		fmt.Fprintf(&b, "  - name: %s\n", a.Name)
		if when := a.conditions(); when != "" {
			fmt.Fprintf(&b, "    when: {%s}\n", when)
		}
		fmt.Fprintf(&b, "    approvers: [%s] # %s\n", strings.Join(a.Approvers, ", "), strings.Join(c.names(a.Approvers), ", "))
		if a.Count > 1 {
			fmt.Fprintf(&b, "    count: %d\n", a.Count)
		}
		if a.RequesterCounts {
			b.WriteString("    requester_counts: true\n")
		}
	}
	if len(c.Limits) > 0 {
		b.WriteString("limits:\n")
	}
	for _, l := range c.Limits {
		fmt.Fprintf(&b, "  - {per: %s, within: %s, %s}\n", l.Per, l.Within, l.most())
	}
	if len(c.Admins) > 0 {
		fmt.Fprintf(&b, "admins: [%s]\n", strings.Join(c.Admins, ", "))
	}
	return b.String()
}

// entry returns the id of a server, with its price and its expiry, in UTC, if it has them.
func (r Server) entry() string {
	more := ""
	if !r.PlanPrice.IsZero() {
		more += fmt.Sprintf(", price: %q", r.PlanPrice.StringFixed(2))
	}
	if !r.Expires.IsZero() {
		more += fmt.Sprintf(", expires: %q", r.Expires.UTC().Format("2006-01-02 15:04"))
	}
	if more == "" {
		return r.ID
	}
	return fmt.Sprintf("{id: %s%s}", r.ID, more)
}

// most returns the field of a limit that says how much.
func (l Limit) most() string {
	if l.Hours > 0 {
		return fmt.Sprintf("hours: %d", l.Hours)
	}
	return fmt.Sprintf("amount: %q", l.Amount)
}

// restrictions returns the fields of a person that follow the account.
func (p Person) restrictions() string {
	text := ""
	if p.Servers != nil {
		text += ", servers: " + quoted(p.Servers)
	}
	if p.MaxHours > 0 {
		text += fmt.Sprintf(", max_hours: %d", p.MaxHours)
	}
	return text
}

func (a Approval) conditions() string {
	var all []string
	if a.Servers != nil {
		all = append(all, "servers: "+quoted(a.Servers))
	}
	if a.HoursOver > 0 {
		all = append(all, fmt.Sprintf("hours_over: %d", a.HoursOver))
	}
	return strings.Join(all, ", ")
}

// quoted returns a list in which no pattern is taken for something else.
func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = fmt.Sprintf("%q", w)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// names returns the names of people and groups.
func (c Cast) names(ids []string) []string {
	known := map[string]string{}
	for _, p := range c.People {
		known[p.ID] = p.Name
	}
	for _, g := range c.Groups {
		known[g.ID] = "@" + g.Handle
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = known[id]
	}
	return names
}
