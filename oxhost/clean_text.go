package oxhost

import (
	"strings"
	"unicode"

	"extendbot/internal/secret"
)

// How long texts from 0xhost may be, in runes; longer ones are cut.
const (
	maxMessageRunes = 300
	maxNameRunes    = 64 // names and other short values
)

// hiddenMessage replaces a message that may contain a secret.
const hiddenMessage = "0xhost's message is not shown, because it may contain a password or a key"

// cleanText returns a short value that may be shown to people: one line, without
// control and invisible characters, and at most maxNameRunes long. It is
// [secret.Mask] if the value may contain a secret, and "" for an object or an
// array.
func (d decoder) cleanText(s scalar) string {
	if s.kind == compound {
		return ""
	}
	if d.mayHoldSecret(s.text) {
		return secret.Mask
	}
	return cutText(visible(s.text), maxNameRunes)
}

// cleanMessage is the same for a sentence. It returns hiddenMessage if the
// sentence may contain a secret.
func (d decoder) cleanMessage(message string) string {
	if d.mayHoldSecret(message) {
		return hiddenMessage
	}
	return cutText(visible(message), maxMessageRunes)
}

// visible returns what people can see of a text, on one line.
func visible(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func cutText(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}
