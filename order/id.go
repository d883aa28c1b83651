package order

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// alphabet is Crockford's base 32 in lower case: no letter in it looks like a
// digit, and ids sort by their values.
var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// idForm is the form of the ids that NewID returns.
var idForm = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{8}-[0-9a-hjkmnp-tv-z]{8}$`)

// ParseID returns the id that a person means by text, and false if [NewID] could
// not have returned it. People copy ids by hand: the case does not matter, O means
// 0, I and L mean 1, and any dash is a hyphen. The hyphen may be missing if the
// text begins with the digit 0, as all ids do for some thousand years: it cannot
// be a word then.
func ParseID(text string) (ID, bool) {
	s := strings.Map(idCharacter, text)
	if len(s) == 16 && text[0] == '0' {
		s = s[:8] + "-" + s[8:]
	}
	if !idForm.MatchString(s) {
		return "", false
	}
	return ID(s), true
}

// idCharacter returns the character of an id that a person means by r, or r.
func idCharacter(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		r += 'a' - 'A'
	}
	switch {
	case r == 'o':
		return '0'
	case r == 'i', r == 'l':
		return '1'
	case unicode.Is(unicode.Dash, r):
		return '-'
	default:
		return r
	}
}

// NewID returns an id: the time in seconds, so that ids sort by age, and 40
// random bits, so that ids are unique and cannot be guessed.
func NewID(now time.Time) ID {
	var b [10]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.Unix())<<24) //nolint:gosec // negative only before 1970
	_, _ = rand.Read(b[5:])                                  // never fails, see crypto/rand
	s := alphabet.EncodeToString(b[:])
	return ID(s[:8] + "-" + s[8:])
}
