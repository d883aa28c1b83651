package mrkdwn

import (
	"strings"

	"github.com/kyokomi/emoji/v2"
)

// maxEmojiName is the most bytes of the name of an emoji.
const maxEmojiName = 60

// emojiAt returns the emoji whose name in colons is at an index of a text, and where the text
// goes on; 0 if there is none.
func emojiAt(text string, at int) (char string, end int) {
	for i := at + 1; i < len(text) && i-at <= maxEmojiName; i++ {
		switch c := text[i]; {
		case c == ':':
			if char, ok := emoji.CodeMap()[text[at:i+1]]; ok {
				return strings.TrimSpace(char), i + 1
			}
			return "", 0
		case c != '_' && c != '-' && c != '+' && (c < '0' || c > '9') && (c < 'a' || c > 'z'):
			return "", 0
		}
	}
	return "", 0
}

// Emoji returns a text with emoji instead of their names in colons.
func Emoji(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		if char, end := emojiAt(text, i); text[i] == ':' && end > 0 {
			out.WriteString(char)
			i = end
			continue
		}
		out.WriteByte(text[i])
		i++
	}
	return out.String()
}
