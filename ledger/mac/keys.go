// Package mac authenticates what the ledger records, with HMAC-SHA-256.
//
// Whoever can write the database but does not have a key cannot make a code (a
// MAC) that verifies. The package knows keys, and lists of texts; what the texts
// mean is up to its caller.
package mac

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

	"extendbot/internal/secret"
)

// MinBytes is the minimum length of a key: that of the hash, below which RFC 2104
// advises against it.
// https://www.rfc-editor.org/rfc/rfc2104#section-3
const MinBytes = sha256.Size

// derivedFor separates the key that is derived from another secret from every other
// use of that secret.
const derivedFor = "extendbot/1 approval key"

// Keys are the keys of a process: the first one signs, and all of them verify. The
// zero value has no key: it signs nothing, and knows no key.
type Keys struct{ list []key }

type key struct {
	id     string
	secret secret.Value
}

// New returns keys with these secrets, of at least [MinBytes] each. Its errors do
// not contain them.
func New(secrets ...secret.Value) (Keys, error) {
	var k Keys
	for _, s := range secrets {
		if len(s.Reveal()) < MinBytes {
			return Keys{}, fmt.Errorf("a key needs at least %d bytes", MinBytes)
		}
		k.list = append(k.list, newKey(s.Reveal()))
	}
	return k, nil
}

// Derived returns the key that follows, by HKDF-SHA-256, from a secret that has
// another purpose. The zero secret has none.
func Derived(from secret.Value) Keys {
	if from.Reveal() == "" {
		return Keys{}
	}
	k, err := hkdf.Key(sha256.New, []byte(from.Reveal()), nil, derivedFor, sha256.Size)
	if err != nil {
		panic(err) // cannot happen: it is only for lengths that no hash can produce
	}
	return Keys{list: []key{newKey(string(k))}}
}

// newKey returns a key with its id, a short hash that does not reveal it.
func newKey(text string) key {
	sum := sha256.Sum256([]byte("extendbot/1 key id " + text))
	return key{id: base64.RawURLEncoding.EncodeToString(sum[:6]), secret: secret.New(text)}
}

// And returns k with the keys of more after its own, which only verify unless k has
// none.
func (k Keys) And(more Keys) Keys {
	return Keys{list: append(slices.Clip(k.list), more.list...)}
}

// None reports whether there is no key.
func (k Keys) None() bool { return len(k.list) == 0 }

// ID returns the id of the key that signs, or "" without one.
func (k Keys) ID() string {
	if k.None() {
		return ""
	}
	return k.list[0].id
}

// IDs returns the ids of all keys, beginning with the one that signs. They are no secret.
func (k Keys) IDs() (ids []string) {
	for _, key := range k.list {
		ids = append(ids, key.id)
	}
	return ids
}

// Sign returns the code of a list of texts of one format, and the id of its key.
// Without a key, both are "".
func (k Keys) Sign(format string, fields ...string) (keyID, code string) {
	if k.None() {
		return "", ""
	}
	return k.list[0].id, k.list[0].code(format, fields)
}

// Result is what is known about a code.
type Result int

// The results of [Keys.Verify].
const (
	Invalid    Result = iota // the texts, or the code, are not those that were signed
	Valid                    // the texts were signed with this key
	UnknownKey               // the key is not one of these, so nothing is known
)

// Verify reports whether a code was made for these texts with the key of that id.
func (k Keys) Verify(keyID, code, format string, fields ...string) Result {
	for _, key := range k.list {
		if key.id != keyID {
			continue
		}
		if hmac.Equal([]byte(key.code(format, fields)), []byte(code)) {
			return Valid
		}
		return Invalid
	}
	return UnknownKey
}

// code returns the code of a format, the id of the key, and the fields. The length
// of each is in front of it, so that different lists have different codes.
func (k key) code(format string, fields []string) string {
	buf := appendField(make([]byte, 0, 512), format)
	buf = appendField(buf, k.id)
	for _, f := range fields {
		buf = appendField(buf, f)
	}
	h := hmac.New(sha256.New, []byte(k.secret.Reveal()))
	_, _ = h.Write(buf) // writing to a hash never fails
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func appendField(buf []byte, field string) []byte {
	buf = strconv.AppendInt(buf, int64(len(field)), 10)
	buf = append(buf, ':')
	return append(buf, field...)
}
