package main

import (
	"fmt"
	"io"
)

// masked is all that is ever printed of a secret.
const masked = "***"

// Secret is a word that must not be seen. However it is printed or encoded, it
// shows as "***"; only [Secret.Reveal] gives it away. The zero value is no
// secret.
//
// The word is behind a pointer because fmt cannot call methods on an
// unexported field of another struct: it would print a string, and prints an
// address. Two secrets are therefore never equal by ==.
type Secret struct{ word *string }

// NewSecret makes a secret of a word.
func NewSecret(word string) Secret {
	if word == "" {
		return Secret{}
	}
	return Secret{word: &word}
}

// Reveal gives the word, "" if there is none.
func (s Secret) Reveal() string {
	if s.word == nil {
		return ""
	}
	return *s.word
}

// Format prints the mask for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// String gives the mask.
func (s Secret) String() string { return masked }

// GoString gives the mask.
func (s Secret) GoString() string { return masked }

// MarshalText gives the mask, to JSON, YAML, XML and slog too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// MarshalYAML gives the mask.
func (s Secret) MarshalYAML() (any, error) { return masked, nil }

// UnmarshalText takes the word in.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
