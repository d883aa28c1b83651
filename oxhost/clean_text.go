package oxhost

import (
	"regexp"
	"strings"
	"unicode"

	"extendbot/internal/secret"
)

// How long texts from 0xhost may be, in runes; longer ones are cut.
const (
	maxMessageRunes = 300
	maxNameRunes    = 64 // names and other short values
)

// minKeyLength is how long an API key must be to be masked in texts. A shorter
// one is not a real key, and masking it would damage ordinary words.
const minKeyLength = 6

// passwordInText finds a password in running text, after any name that suggests
// one. The password may contain blanks, so everything up to the next comma or
// semicolon is masked.
var passwordInText = regexp.MustCompile(`(?i)([\w-]*(?:passw|passphrase|pwd|secret|credential|metadata)[\w-]*)["']?\s*(?:[=:]|\bis\b)\s*(?:"[^"]*"|'[^']*'|[^,;]+)`)

// cleanText returns a text that may be shown to people: without control and
// invisible characters, with the API key and recognizable passwords masked, and at
// most limit runes long. It is "" for an object or an array.
func (d decoder) cleanText(s scalar, limit int) string {
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
	if key := d.key.Reveal(); len(key) >= minKeyLength {
		plain = strings.ReplaceAll(plain, key, secret.Mask)
	}
	plain = passwordInText.ReplaceAllString(plain, "$1="+secret.Mask)
	if runes := []rune(plain); len(runes) > limit {
		plain = string(runes[:limit-1]) + "…"
	}
	return plain
}
