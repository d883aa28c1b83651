package oxhost

import (
	"fmt"
	"io"
)

// hiddenText stands wherever a secret would.
const hiddenText = "***"

// Secret is a string that prints as *** through fmt, JSON and every logger
// that uses one of them. Convert it to a string to use it.
type Secret string

// Format implements [fmt.Formatter], for all verbs and flags.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hiddenText) }

// String implements [fmt.Stringer].
func (Secret) String() string { return hiddenText }

// MarshalText implements [encoding.TextMarshaler], which JSON and YAML use.
func (Secret) MarshalText() ([]byte, error) { return []byte(hiddenText), nil }
