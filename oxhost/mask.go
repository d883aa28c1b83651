package oxhost

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"extendbot/internal/secret"
)

// This file decides which texts of 0xhost are not shown. 0xhost can write a
// password in any way and language, so there is no attempt to cut it out: a text
// that contains the API key in any form, or that looks as if it contains any
// other secret, is hidden completely. A text that only names a credential, such
// as "Invalid API key", is shown if all of its words are in harmlessWords.

// minKeyLength is how many letters and digits an API key must have to be looked
// for. A shorter one is not a real key and occurs in ordinary words.
const minKeyLength = 6

// maxChecked is how many bytes of a text are worth the time to check. No message
// for people is longer.
const maxChecked = 4096

// mayHoldSecret reports whether a text must be hidden.
func (d decoder) mayHoldSecret(text string) bool {
	if len(text) > maxChecked {
		return true
	}
	plain, unescaped := fold(text), fold(decoded(text))
	// Not only folded: that turns a ½ between two characters of the key into digits.
	if d.hasKey(plain) || d.hasKey(fold(squash(text))) {
		return true
	}
	if unescaped == plain { // as a rule
		return suspicious(plain) && !harmless(plain)
	}
	return d.hasKey(unescaped) || (suspicious(plain) || suspicious(unescaped)) && (!harmless(plain) || !harmless(unescaped))
}

// mayBeSecretID is the same for an id. An id can be a long random value, so only
// the API key and credential words make it one.
func (d decoder) mayBeSecretID(id string) bool {
	folded := fold(id)
	return d.hasKey(folded) || d.hasKey(fold(squash(id))) || credentialWord.MatchString(folded)
}

// hasKey reports whether a folded text contains the API key, as it is or encoded
// as base64 or hex, whatever stands between its characters.
func (d decoder) hasKey(folded string) bool {
	text := squash(folded)
	return slices.ContainsFunc(d.key, func(form secret.Value) bool { return strings.Contains(text, form.Reveal()) })
}

// keyForms returns the letters and digits of the key and of its encodings, folded.
func keyForms(key secret.Value) (forms []secret.Value) {
	for _, text := range encodings(key.Reveal()) {
		if form := squash(fold(text)); len(form) >= minKeyLength {
			forms = append(forms, secret.New(form))
		}
	}
	return forms
}

// encodings returns the key and its encodings. In base64, the encoding depends on
// how many bytes stand before the key, modulo 3. Only the characters that the key
// alone determines are returned.
func encodings(key string) []string {
	texts := []string{key, hex.EncodeToString([]byte(key))}
	for before := range 3 {
		whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + key))
		texts = append(texts, whole[(before*8+5)/6:(before+len(key))*8/6])
	}
	return texts
}

// credentialWord matches folded words that announce a credential, in the
// languages that the customers of 0xhost are likely to use.
var credentialWord = foldedRegexp(
	// English, alone or as part of a name such as rootPassword or x_api_key
	`pass(?:[^a-z]|$|w|cod|key|phr)|pwd|secret|token|credential|auth|bearer|login|log-in|metadata|username|access`,
	`(?:^|[^a-z])(?:pin|otp|psk|cred|creds|root|ssh|vnc|rdp|key|keys|basic|mfa|totp|jwt|sk)(?:[^a-z]|$)|(?:^|[^a-z])(?:log|sign)[ -]?(?:in|on)(?:[^a-z]|$)`,
	`(?:^|[^a-z0-9])2fa(?:[^a-z0-9]|$)`, // a UUID may contain 2fa, between other digits
	`pw(?:[^a-z]|$)|p/w|pswd|(?:^|[^a-z])psw|pword|p[@4]ss|pa[5$][5$s]|pas[5$]|admin(?:istrator)? ?[:/=]`,
	`(?:verification|security|backup|unlock|recovery) ?(?:code|phrase)|(?:console|session|cookie|sid)[a-z_ ]{0,8}[:=]`,
	`(?:api|ssh|priv|private|root|master)key`,
	// other languages
	`kennwort|zugang|anmeldedaten|geheim|schlussel|(?:^|[^a-z])(?:mdp|clave|sandi)(?:[^a-z]|$)|passe(?:[^a-z]|$)|contrase|senha|paroo?l|geslo|lozink|heslo|haslo|hasło|jelszo|wachtwoord`,
	`losenord|adgangskode|salasana|sifr[ae]|slaptaz|mat khau|парол|лозинк|шифр|κωδικ|סיסמ|كلمة ?(?:ال)?(?:مرور|سر)|पासवर्ड|รหัส|密码|密碼|口令|パスワード|暗証|비밀번호|암호`,
)

// mixedWord matches a folded word of which some letters are Latin and some are
// Cyrillic or Greek, which look the same, as in "раssword".
var mixedWord = regexp.MustCompile(`\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}`)

// splitCredentialWord matches credential words that were split by spaces, once
// everything but letters and digits is gone.
var splitCredentialWord = regexp.MustCompile(`passw|passphrase|passcode|kennwort|credential|apikey`)

var (
	// userInfo matches the end of user:password@ in a URL.
	userInfo = regexp.MustCompile(`:[^\s@]*@`)
	// knownToken matches the beginning of a token of a well-known form.
	knownToken = regexp.MustCompile(`xox[a-z]-|xapp-|-----begin`)
	// longToken matches what may be a random value. Ids with hyphens are not.
	longToken = regexp.MustCompile(`[a-z0-9+=]{20,}`)
)

// suspicious reports whether a folded text may contain a secret.
func suspicious(folded string) bool {
	if credentialWord.MatchString(folded) || splitCredentialWord.MatchString(squash(folded)) ||
		mixedWord.MatchString(folded) || userInfo.MatchString(folded) || knownToken.MatchString(folded) {
		return true
	}
	for _, token := range longToken.FindAllString(folded, -1) {
		if strings.ContainsAny(token, "0123456789") && strings.ContainsFunc(token, unicode.IsLetter) {
			return true
		}
	}
	return false
}

// harmlessWords are all words that a text about a credential may have and still
// be shown. No word that may be a user or a password belongs here.
var harmlessWords = wordSet(`
	a an the this that your you it its is are was were be been has have had not no or and of for to in on with by
	at do does did cannot could must should may please contact support check try again error failed failure
	invalid valid wrong incorrect missing expired unknown required denied disabled revoked empty blocked inactive
	mismatch match accepted allowed supported provided supplied found
	session log sign first
	unauthorized unauthorised unauthenticated authenticated authorized authentication authorization
	access action permission request header field user account login server order
	api key keys x-api-key token tokens csrf password passwords secret credential credentials`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// harmless reports whether a folded text has only harmless words, each with at
// most one punctuation mark after it.
func harmless(folded string) bool {
	for word := range strings.FieldsSeq(folded) {
		if last := len(word) - 1; strings.IndexByte(".,;:!?", word[last]) >= 0 {
			word = word[:last]
		}
		if !harmlessWords[word] {
			return false
		}
	}
	return true
}

// fold returns a text without what hides a word from a comparison: case,
// accents, compatibility forms such as full-width letters, and characters that
// are not visible.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r), unicode.In(r, unicode.M, unicode.Other_Default_Ignorable_Code_Point):
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

// squash returns only the letters and digits of a text.
func squash(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// foldedRegexp compiles alternatives that are matched with folded texts.
func foldedRegexp(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(fold(strings.Join(alternatives, "|")))
}

var escapes = regexp.MustCompile(`%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}`)

// decoded returns a text without the escapes of HTML, URLs and JSON.
func decoded(text string) string {
	return escapes.ReplaceAllStringFunc(html.UnescapeString(text), func(escape string) string {
		code, err := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
		if err != nil {
			return escape
		}
		return string([]byte{byte(code)})
	})
}
