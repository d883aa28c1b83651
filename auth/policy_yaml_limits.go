package auth

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"extendbot/order"
)

// The fields of a limit.
const (
	fieldPer    = "per"
	fieldWithin = "within"
	fieldHours  = "hours"
	fieldAmount = "amount"
)

// What a limit can be for.
var limitPer = []string{string(order.PerPerson), string(order.PerServer), string(order.PerAccount), string(order.PerAll)}

// The times for which a limit can be.
const (
	minWithin = time.Hour
	maxWithin = 366 * 24 * time.Hour
)

// limits parses the limits into a ruleset.
func (y *policyYAML) limits(rs *ruleset, n *yaml.Node) {
	seen := firstSeen{}
	for _, item := range y.items(n, fieldLimits, "limits; leave it out if there are none") {
		l := y.limit(item)
		if l.Hours > 0 || l.Amount.Valid { // its mistakes are reported already, otherwise
			what := fmt.Sprint(l.Per, l.Within, l.Amount.Valid)
			y.report(item.Line, seen.duplicate(what, item.Line, "the same per and within as the limit in line %d"))
		}
		rs.limits = append(rs.limits, l)
	}
}

// limit parses one limit.
func (y *policyYAML) limit(n *yaml.Node) (l order.Limit) {
	fields := y.fields(n, "a limit", []string{fieldPer, fieldWithin}, fieldHours, fieldAmount)
	if n := fields[fieldPer]; n != nil {
		per := y.scalar(n)
		y.report(n.Line, messageUnless(slices.Contains(limitPer, per), "per must be one of: "+strings.Join(limitPer, ", ")))
		l.Per = order.LimitPer(per)
	}
	if n := fields[fieldWithin]; n != nil {
		l.Within = y.duration(n, fieldWithin, minWithin, maxWithin)
	}
	if n := fields[fieldHours]; n != nil {
		l.Hours = y.hours(n, fieldHours)
	}
	if n := fields[fieldAmount]; n != nil {
		l.Amount = y.amount(n, fieldAmount)
	}
	if n.Kind == yaml.MappingNode && (fields[fieldHours] == nil) == (fields[fieldAmount] == nil) {
		y.report(n.Line, "a limit must have one of: hours, amount")
	}
	return l
}
