// Package secret has the one type for values that must never be shown: tokens,
// API keys, URLs with a password. Every other package may import it.
package secret

import (
	"fmt"
	"io"
)

// Mask is printed instead of a secret.
const Mask = "***"

// Value is a string that must never be shown. fmt with any verb, JSON, YAML,
// logrus and slog print it as [Mask]; only [Value.Reveal] returns the string.
// The zero value is the empty string.
//
// The string is behind a pointer because fmt calls no methods on unexported
// fields of other structs: it would print a string field, but of a pointer it
// prints only the address. So two values are never equal with ==, unless both
// are zero.
type Value struct{ text *string }

// New returns a value with this text.
func New(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{text: &text}
}

// Reveal returns the string, or "" for the zero value.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Format implements [fmt.Formatter]: it prints the mask for every verb and flag.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }

// String returns the mask.
func (v Value) String() string { return Mask }

// GoString returns the mask.
func (v Value) GoString() string { return Mask }

// MarshalText returns the mask. JSON, XML and slog use it.
func (v Value) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// MarshalYAML returns the mask.
func (v Value) MarshalYAML() (any, error) { return Mask, nil }

// UnmarshalText sets the string. It never fails.
func (v *Value) UnmarshalText(text []byte) error {
	*v = New(string(text))
	return nil
}
