package oxhost

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// maxHours is the largest number of hours that is accepted from an answer, far
// more than one order can buy.
const maxHours = 1_000_000

// validAmount matches a valid amount of money. Without this check,
// decimal.NewFromString would accept exponents that need gigabytes to print.
var validAmount = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?$`)

// scalar is a string, a number, a boolean or nothing. Only its text matters,
// because 0xhost writes the same value as a number in one answer and as a string
// in another. Null is treated like a missing value.
type scalar struct {
	kind scalarKind
	text string
}

type scalarKind byte

const (
	absent   scalarKind = iota
	text                // a string
	number              // a number, as it was written
	boolean             // true or false
	compound            // an object or an array; its text is not kept
)

// UnmarshalJSON implements [json.Unmarshaler].
func (s *scalar) UnmarshalJSON(b []byte) error {
	*s = scalar{}
	switch b[0] {
	case 'n':
	case '"':
		s.kind = text
		return json.Unmarshal(b, &s.text)
	case 't', 'f':
		s.kind, s.text = boolean, string(b)
	case '{', '[':
		s.kind = compound
	default:
		s.kind, s.text = number, string(b)
	}
	return nil
}

// present reports whether there is a value. An empty string is not a value.
func (s scalar) present() bool {
	return s.kind != absent && strings.TrimSpace(s.text) != "" || s.kind == compound
}

// id returns an id, or "" if there is none. An id that may be a secret is not
// valid.
func (d decoder) id(s scalar, field string) (string, error) {
	if !s.present() {
		return "", nil
	}
	id := strings.TrimSpace(s.text)
	if s.kind != text && s.kind != number || !order.ValidHostID(id) || d.mayBeSecretID(id) {
		return "", &decodeError{field, "is not an id"}
	}
	return id, nil
}

// money returns an amount of money, or null if there is none.
func (s scalar) money(field string) (decimal.NullDecimal, error) {
	if !s.present() {
		return decimal.NullDecimal{}, nil
	}
	plain := strings.TrimSpace(s.text)
	if s.kind != text && s.kind != number || !validAmount.MatchString(plain) {
		return decimal.NullDecimal{}, &decodeError{field, "is not an amount"}
	}
	amount, err := decimal.NewFromString(plain)
	if err != nil || amount.Exponent() < -24 || amount.Abs().GreaterThanOrEqual(decimal.New(1, 15)) {
		return decimal.NullDecimal{}, &decodeError{field, "is not an amount"} // err quotes the text
	}
	return decimal.NewNullDecimal(amount), nil
}

// hours returns a number of hours, or 0 if there is none.
func (s scalar) hours(field string) (order.Hours, error) {
	if !s.present() {
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

// time returns a time in UTC, read in the decoder's zone unless the text names
// one. It returns the zero time if there is none, it is invalid, or its year is
// not from 1970 to 9999: JSON, in which receipts are stored, has no years after
// that, and no zones of a day or more.
func (d decoder) time(s scalar) time.Time {
	plain := strings.TrimSpace(s.text)
	t, err := time.ParseInLocation(time.DateTime, plain, d.location)
	if err != nil {
		t, err = time.Parse(time.RFC3339, plain)
	}
	if t = t.UTC(); err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// isTrue reports whether the value is true, 1 or "1".
func (s scalar) isTrue() bool {
	value, err := strconv.ParseBool(strings.TrimSpace(s.text))
	return err == nil && value
}

// isOne reports whether a flag is 1 or true, however it is written: 1, 1.0, "1", true.
func (s scalar) isOne() bool {
	return s.isTrue() || strings.TrimRight(strings.TrimSpace(s.text), "0") == "1."
}
