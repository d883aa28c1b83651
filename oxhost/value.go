package oxhost

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"

	"extendbot/internal/secret"
	"extendbot/order"
)

const (
	// maxWords is the length of what 0xhost may say, in runes.
	maxWords = 300
	// maxName is the length of a name or another short word, in runes.
	maxName = 64
	// maxHours is more than anybody rents at once.
	maxHours = 1_000_000
)

// amountShape is what a sum of money may look like: decimal.NewFromString
// would take exponents that cost gigabytes to print.
var amountShape = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?$`)

// passwordShape finds a password in running text, under any name that has the
// word in it. It may have blanks, so all is hidden up to the next comma.
var passwordShape = regexp.MustCompile(`(?i)([\w-]*(?:passw|passphrase|pwd|secret|credential|metadata)[\w-]*)["']?\s*(?:[=:]|\bis\b)\s*(?:"[^"]*"|'[^']*'|[^,;]+)`)

// given reports whether there is a value at all.
func (s scalar) given() bool {
	return s.kind != absent && strings.TrimSpace(s.text) != "" || s.kind == compound
}

// id reads an id; "" if there is none.
func (s scalar) id(field string) (string, error) {
	if !s.given() {
		return "", nil
	}
	id := strings.TrimSpace(s.text)
	if s.kind != text && s.kind != number || !order.ValidHostID(id) {
		return "", &decodeError{field, "is not an id"}
	}
	return id, nil
}

// money reads a sum of money; null if there is none.
func (s scalar) money(field string) (decimal.NullDecimal, error) {
	if !s.given() {
		return decimal.NullDecimal{}, nil
	}
	plain := strings.TrimSpace(s.text)
	if s.kind != text && s.kind != number || !amountShape.MatchString(plain) {
		return decimal.NullDecimal{}, &decodeError{field, "is not an amount"}
	}
	amount, err := decimal.NewFromString(plain)
	if err != nil || amount.Exponent() < -24 || amount.Abs().GreaterThanOrEqual(decimal.New(1, 15)) {
		return decimal.NullDecimal{}, &decodeError{field, "is not an amount"} // err quotes the text
	}
	return decimal.NewNullDecimal(amount), nil
}

// hours reads a number of hours; 0 if there is none, or if it is 0.
func (s scalar) hours(field string) (order.Hours, error) {
	if !s.given() {
		return 0, nil
	}
	wrong := &decodeError{field, "is not a number of hours"}
	amount, err := s.money(field) // 1, "1" and "1.00" are the same
	if err != nil {
		return 0, wrong
	}
	n := amount.Decimal
	if !n.IsInteger() || n.IsNegative() || n.GreaterThan(decimal.NewFromInt(maxHours)) {
		return 0, wrong
	}
	return order.Hours(n.IntPart()), nil
}

// moment reads a time in the zone that 0xhost writes its times in; the zero
// time if there is none or it makes no sense.
func (d decoder) moment(s scalar) time.Time {
	plain := strings.TrimSpace(s.text)
	if t, err := time.ParseInLocation(time.DateTime, plain, d.location); err == nil {
		return t
	}
	if t, err := time.Parse(time.RFC3339, plain); err == nil {
		return t
	}
	return time.Time{}
}

// yes reads a truth: true, 1, "1".
func (s scalar) yes() bool {
	yes, err := strconv.ParseBool(strings.TrimSpace(s.text))
	return err == nil && yes
}

// words reads text that people will see: no control or invisible characters,
// no secret that can be known as one, and at most limit runes.
func (d decoder) words(s scalar, limit int) string {
	if s.kind == compound {
		return ""
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s.text)
	plain = strings.Join(strings.Fields(plain), " ")
	if key := d.key.Reveal(); len(key) >= 6 { // less is no key, and would hide letters
		plain = strings.ReplaceAll(plain, key, secret.Mask)
	}
	plain = passwordShape.ReplaceAllString(plain, "$1="+secret.Mask)
	if runes := []rune(plain); len(runes) > limit {
		plain = string(runes[:limit-1]) + "…"
	}
	return plain
}
