package mac_test

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"extendbot/internal/secret"
	"extendbot/ledger/mac"
)

const (
	one = "0123456789abcdef0123456789abcdef"
	two = "fedcba9876543210fedcba9876543210"
)

func keys(t *testing.T, texts ...string) mac.Keys {
	t.Helper()
	var list []secret.Value
	for _, text := range texts {
		list = append(list, secret.New(text))
	}
	k, err := mac.New(list...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The first key signs, all verify, and a key that is not there is not called
// tampering.
func TestKeys_FirstSignsAllVerify(t *testing.T) {
	t.Parallel()
	old, both, rotated := keys(t, one), keys(t, one, two), keys(t, two, one)
	id, code := old.Sign("f", "a", "b")
	for _, k := range []mac.Keys{old, both, rotated} {
		if got := k.Verify(id, code, "f", "a", "b"); got != mac.Valid {
			t.Errorf("a code of the first key: %d", got)
		}
	}
	id2, code2 := rotated.Sign("f", "a", "b")
	if id2 == id || rotated.ID() != id2 || both.Verify(id2, code2, "f", "a", "b") != mac.Valid {
		t.Error("the key that was moved to the front does not sign")
	}
	if got := rotated.IDs(); !slices.Equal(got, []string{id2, id}) {
		t.Errorf("the ids are %q", got)
	}
	if got := old.Verify(id2, code2, "f", "a", "b"); got != mac.UnknownKey {
		t.Errorf("a code of a key that is not there: %d", got)
	}
}

// Nothing but the signed texts verifies, also not the same bytes divided in another
// way, and not the code of another key.
func TestKeys_NothingElseVerifies(t *testing.T) {
	t.Parallel()
	k := keys(t, one, two)
	id, code := k.Sign("f", "a", "b")
	second := keys(t, two).ID()
	for name, got := range map[string]mac.Result{
		"another text":       k.Verify(id, code, "f", "a", "c"),
		"another format":     k.Verify(id, code, "g", "a", "b"),
		"one text":           k.Verify(id, code, "f", "ab"),
		"a length as text":   k.Verify(id, code, "f", "a1:b"),
		"an empty text more": k.Verify(id, code, "f", "a", "b", ""),
		"another key":        k.Verify(second, code, "f", "a", "b"),
		"no code":            k.Verify(id, "", "f", "a", "b"),
		"a longer code":      k.Verify(id, code+"A", "f", "a", "b"),
	} {
		if got != mac.Invalid {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// What is in the database stays valid: the format of a code, of a key's id, and of
// the derived key are what they were.
func TestKeys_FormatStaysTheSame(t *testing.T) {
	t.Parallel()
	derived, err := hkdf.Key(sha256.New, []byte("0xhost key"), nil, "extendbot/1 approval key", 32)
	if err != nil {
		t.Fatal(err)
	}
	for key, k := range map[string]mac.Keys{one: keys(t, one), string(derived): mac.Derived(secret.New("0xhost key"))} {
		sum := sha256.Sum256([]byte("extendbot/1 key id " + key))
		wantID := base64.RawURLEncoding.EncodeToString(sum[:6])
		h := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(h, "1:f8:%s1:a2:bc", wantID)
		id, code := k.Sign("f", "a", "bc")
		if want := base64.RawURLEncoding.EncodeToString(h.Sum(nil)); id != wantID || code != want {
			t.Errorf("got %s, %s, want %s, %s", id, code, wantID, want)
		}
	}
}

// A short key is refused, and without a key nothing is signed or known.
func TestKeys_ShortOrNone(t *testing.T) {
	t.Parallel()
	if _, err := mac.New(secret.New(one), secret.New(one[:31])); err == nil || strings.Contains(err.Error(), one[:31]) {
		t.Errorf("a key of 31 bytes: %v", err)
	}
	none := mac.Derived(secret.Value{})
	if id, code := none.Sign("f", "a"); !none.None() || id != "" || code != "" || none.ID() != "" {
		t.Errorf("no key signed: %q, %q", id, code)
	}
	if got := none.Verify("", "", "f", "a"); got != mac.UnknownKey {
		t.Errorf("no key verifies: %d", got)
	}
	if k := none.And(keys(t, one)); k.ID() != keys(t, one).ID() {
		t.Error("the first key there is does not sign")
	}
}

// Keys print nothing of a key, with any verb.
func TestKeys_PrintNoKey(t *testing.T) {
	t.Parallel()
	k := keys(t, one)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, printed := range []any{k, &k, struct{ inner mac.Keys }{k}} {
			text := fmt.Sprintf(verb, printed)
			if strings.Contains(text, one) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", one)) {
				t.Errorf("%s prints it: %s", verb, text)
			}
		}
	}
}
