package oxhost

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"extendbot/internal/secret"
)

// testKey has the form of 0xhost's API keys.
const testKey = "0xk_Live-7f3A9c2E"

var maskDecoder = newDecoder(nil, secret.New(testKey))

// leaks are the ways in which 0xhost may write a password; %s is the password.
var leaks = []string{
	"Root password for srv-1: %s", "pass: %s", "pwd=%s", "Passwort: %s", "the root password is %s", "password → %s",
	"credentials root/%s", "api key %s", "token %s", "secret %s", `{"password":"%s"}`, "ssh://root:%s@192.0.2.1",
	"root:%s@192.0.2.1", "Authorization: Bearer %s", "Bearer %s", "Basic %s", "No: password\nis\n%s", "password:\r\n\r\n%s",
	"root_password=%s", "rootPassword: %s", "Passwd : %s", "p a s s w o r d: %s", "pass\u200bword: %s", "pa\u00adss: %s",
	"ｐａｓｓｗｏｒｄ: %s", "pássword %s", "PASSWORD %s", "passphrase = %s", "client-secret: %s", "metadata=%s", "x-api-key: %s",
	"apikey=%s", "API_KEY=%s", "ssh key %s", "login root, pw %s", "PIN %s", "login: root / %s", "%s is your new password",
	"%s (password)", "mot de passe : %s", "contraseña: %s", "geslo: %s", "пароль: %s", "密码：%s", "パスワード %s",
	"p&#97;ssword: %s", "password%%3D%s", "p%%61ss=%s", `{"p\u0061ssword":"%s"}`, "Server is ready. Its root user has %s",
	"-----BEGIN PRIVATE KEY----- %s", "xoxb-%s", "rootpw: %s", "user=admin;pass=%s", "Access: admin/%s", "admin: %s",
	"Administrator: %s", "RDP: Administrator %s", "Use %s to log in", "Sign in with %s", "sign-on: %s", "recovery phrase %s",
	"verification code: %s", "2FA %s", "p@ssword: %s", "pa55word %s", "pa$$word %s", "P/W %s", "psw: %s", "pswd: %s", "pword: %s", "unlock code %s",
	"console: %s", "session_id=%s", "cookie: %s", "hasło: %s", "mật khẩu: %s", "kata sandi: %s", "парола: %s", "κωδικός: %s", "סיסמה: %s",
	"كلمة المرور: %s", "पासवर्ड: %s", "รหัสผ่าน %s", "암호: %s", "暗証番号: %s", "šifra: %s", "раssword: %s", "pаss: %s", "sk-live-%s",
	"Username admin, %s", "VNC %s", "privkey %s", "Zugang: root, %s", "Schlüssel: %s", "mdp : %s", "Root: %s",
}

// keyLeaks are the ways in which the API key may be written.
func keyLeaks() []string {
	split := strings.Join(strings.Split(testKey, ""), " ")
	return []string{
		testKey, "No such client: " + testKey + ".", strings.ToLower(testKey), strings.ToUpper(testKey),
		strings.ReplaceAll(testKey, "_", "_\u200b"), strings.ReplaceAll(testKey, "7", "7\u00ad"),
		strings.ReplaceAll(testKey, "7", "7\ufe0f\u2060"), strings.ReplaceAll(testKey, "L", "Ｌ"), split,
		strings.Join(strings.Split(testKey, ""), "\n"), strings.Join(strings.Split(testKey, ""), "."),
		"a" + testKey + "b", url.QueryEscape(testKey), "%30%78%6B" + testKey[3:], "&#48;" + testKey[1:],
		base64.StdEncoding.EncodeToString([]byte(testKey)), base64.RawURLEncoding.EncodeToString([]byte("u:" + testKey)),
		base64.StdEncoding.EncodeToString([]byte("ab:" + testKey + ":c")), hex.EncodeToString([]byte(testKey)),
		"u, " + split + ", x", strings.ReplaceAll(testKey, "7", "7½"), strings.ReplaceAll(testKey, "L", "½Ｌ"),
	}
}

// Every phrasing of a secret hides the whole message, and the same value in a
// field of the receipt.
func TestMask_HidesEveryPhrasing(t *testing.T) {
	texts := append(keyLeaks(), strings.Repeat("too long to check ", 300))
	for _, leak := range leaks {
		for _, password := range []string{"hunter2", "x7", "correct horse", "!?", "пасс", "root", "Tr0ub4dor&3", "%00%10"} {
			texts = append(texts, fmt.Sprintf(leak, password))
		}
	}
	for _, text := range texts {
		if got := maskDecoder.cleanMessage(text); got != hiddenMessage {
			t.Errorf("%q became %q", text, got)
		}
		if got := maskDecoder.cleanText(scalar{kind: 1, text: text}); got != secret.Mask {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// What people need to read is shown.
func TestMask_ShowsOrdinaryMessages(t *testing.T) {
	for _, text := range []string{
		"Insufficient balance", "Server is suspended", "hours must be at most 100", "The given data was invalid (hours: must be at most 100)",
		"User not found", "No such server: a6bbde9c-c6df-11f0-8cdf-525400792197", "No such server: 15095aa2-9806-4d3a-b8e8-92dd42fa55e6", "Order CLOUD_20251123153956_DEMO789 already exists",
		"Insufficient credit: 3.50 EUR of 12.99 EUR", "Server expired on 2026-02-19 15:40:31", "Write to support@0xhost.net",
		"See https://0xhost.net/API/orders/create_order", "Too many requests, try again in 60 seconds",
		"Invalid API key", "API key expired.", "Your API key is invalid or has expired.", "Unauthenticated.", "Invalid token",
		"This action is unauthorized.", "CSRF token mismatch.", "Access denied", "Access to this server is denied.", "Authentication failed", "Missing x-api-key header",
		"Session expired, please log in again.", "Please sign in first", "Contact support to unlock your account", "Private network is not supported",
		"Error code 17", "code: 17; message: must be at most 100", "Contact your administrator", "console-1", "session-store", "KVM 4 GB", "Design in Slovenia", "Ungültige Stundenzahl", "Недостаточно средств", "残高不足",
		"vm-demo-server", "renew_server", "active", "192.0.2.102", "2001:db8::1", "Slovenia", "Turkey", "Passau", "EUR",
		"keycloak-1",
	} {
		if got := maskDecoder.cleanMessage(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// An id that contains the API key or looks like a secret is not an id.
func TestMask_IDsHoldNoSecret(t *testing.T) {
	d := newDecoder(nil, secret.New("7f3a9c2e-11f0"))
	for id, want := range map[string]bool{
		"13587d01-c8cd-11f0-8cdf-525400792197": true, "06955621827742729 5f2": false, "069556218277427295f2a16001d1e3a2": true, "17": true,
		"15095aa2-9806-4d3a-b8e8-92dd42fa55e6": true, "0AA7AD46-c265-4148-87e7-8665825d02fa": true, "2fa-hunter2": false,
		"7f3a9c2e-11f0": false, "x-7F3A9C2E11F0": false, "password-hunter2": false, "root": false,
	} {
		got, err := d.id(scalar{kind: 1, text: id}, "id")
		if valid := err == nil && got == id; valid != want {
			t.Errorf("%q: %q %v", id, got, err)
		}
	}
}

// Whatever the text, the API key is not shown, and neither is a password that one
// of the known phrasings announces.
func FuzzMask(f *testing.F) {
	for i, text := range append(keyLeaks(), "hunter2", "%00%10", "Insufficient balance", "\xed\xa0\x80", "\xff\x00") {
		f.Add(text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, phrasing uint8) {
		for _, shown := range []string{
			maskDecoder.cleanMessage(text), maskDecoder.cleanMessage(text + testKey + text),
			maskDecoder.cleanText(scalar{kind: 1, text: text}),
		} {
			wantClean(t, shown, maxMessageRunes)
			if plain := squash(strings.ToLower(shown)); strings.Contains(plain, squash(strings.ToLower(testKey))) {
				t.Errorf("%q shows the key: %q", text, shown)
			}
		}
		if harmless(fold(text)) { // a password of such words cannot be told from a message
			return
		}
		leak := fmt.Sprintf(leaks[int(phrasing)%len(leaks)], text)
		if shown := maskDecoder.cleanMessage(leak); shown != hiddenMessage {
			t.Errorf("%q became %q", leak, shown)
		}
	})
}
