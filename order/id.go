package order

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"regexp"
	"time"
)

// alphabet is Crockford's base 32 in lower case: no letter in it looks like a
// digit, and ids sort by their values.
var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// idForm is the form of the ids that NewID returns.
var idForm = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{8}-[0-9a-hjkmnp-tv-z]{8}$`)

// ParseID returns text as an id if [NewID] could have returned it, and otherwise
// false.
func ParseID(text string) (ID, bool) { return ID(text), idForm.MatchString(text) }

// NewID returns an id: the time in seconds, so that ids sort by age, and 40
// random bits, so that ids are unique and cannot be guessed.
func NewID(now time.Time) ID {
	var b [10]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.Unix())<<24) //nolint:gosec // negative only before 1970
	_, _ = rand.Read(b[5:])                                  // never fails, see crypto/rand
	s := alphabet.EncodeToString(b[:])
	return ID(s[:8] + "-" + s[8:])
}
