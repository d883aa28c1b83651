package auth

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
	"go.yaml.in/yaml/v4"

	"extendbot/order"
)

var (
	validNumber = regexp.MustCompile(`^[1-9][0-9]{0,5}$`)
	validAmount = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,4})?$`)
)

// expiresForm is how a policy file writes a time.
const expiresForm = "2006-01-02 15:04"

// ids parses a list of ids, each of which has to pass check. what says what the list
// has.
func (y *policyYAML) ids(n *yaml.Node, field, what string, check func(string) string) []string {
	var ids []string
	seen := firstSeen{}
	for _, item := range y.items(n, field, what) {
		id := y.scalar(item)
		y.report(item.Line, check(id))
		y.report(item.Line, seen.duplicate(id, item.Line, "the same id as line %d"))
		ids = append(ids, id)
	}
	return ids
}

// items parses a list with at least one item. what says what the list has.
func (y *policyYAML) items(n *yaml.Node, field, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		y.report(n.Line, field+" must be a list of "+what)
		return nil
	}
	return n.Content
}

// text parses a text that people read.
func (y *policyYAML) text(n *yaml.Node, field string) string {
	text := y.scalar(n)
	y.report(n.Line, checkText(text, field))
	return text
}

// count parses a whole number, 1 or more.
func (y *policyYAML) count(n *yaml.Node, field string) int {
	number, _ := strconv.Atoi(y.scalar(n))
	valid := n.ShortTag() == "!!int" && validNumber.MatchString(n.Value)
	y.report(n.Line, messageUnless(valid, field+" must be a whole number, from 1 to 999999"))
	return number
}

// hours parses a rental time in whole hours.
func (y *policyYAML) hours(n *yaml.Node, field string) order.Hours {
	return order.Hours(y.count(n, field))
}

// amount parses an amount of money that is more than zero and less than a billion, which
// is read as it is written, with or without quotation marks.
func (y *policyYAML) amount(n *yaml.Node, field string) decimal.NullDecimal {
	text := y.scalar(n)
	if validAmount.MatchString(text) {
		if d, err := decimal.NewFromString(text); err == nil && d.IsPositive() {
			return decimal.NewNullDecimal(d)
		}
	}
	y.report(n.Line, field+` must be an amount such as "12.99", more than zero and less than a billion, with at most 4 decimals and without a currency`)
	return decimal.NullDecimal{}
}

// yesOrNo parses true or false.
func (y *policyYAML) yesOrNo(n *yaml.Node, field string) bool {
	text := y.scalar(n)
	valid := n.ShortTag() == "!!bool" && (text == "true" || text == "false")
	y.report(n.Line, messageUnless(valid, field+" must be true or false"))
	return text == "true"
}

// time parses a time, which it returns as the digits of a clock in UTC.
func (y *policyYAML) time(n *yaml.Node, field string) time.Time {
	t, err := time.Parse(expiresForm, y.scalar(n))
	y.report(n.Line, messageUnless(err == nil, field+` must be a day and a time, such as "2026-12-01 18:00"`))
	return t
}

// duration parses a duration of days and hours, such as 30d or 1d12h.
func (y *policyYAML) duration(n *yaml.Node, field string, low, high time.Duration) time.Duration {
	d, err := order.ParseDays(y.scalar(n))
	valid := err == nil && d >= low && d <= high
	y.report(n.Line, messageUnless(valid, fmt.Sprintf("%s must be a duration such as 24h, 30d, or 1d12h, from %dh to %dd", field, int(low.Hours()), int(high.Hours()/24))))
	return d
}
