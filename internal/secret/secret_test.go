package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v4"

	"extendbot/internal/secret"
)

const plain = "hunter2"

// shows reports whether a text contains the secret, in plain or hexadecimal
// form.
func shows(text string) bool {
	return strings.Contains(text, plain) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", plain))
}

// Every verb of fmt prints ***, even for a secret inside another value or in an
// unexported field, on which fmt cannot call methods.
func TestValue_PrintsAsStars(t *testing.T) {
	t.Parallel()
	v := secret.New(plain)
	unexported := struct{ inner secret.Value }{v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%10s", "%T", "%p", "%c", "%U", "%b", "%!"} {
		for _, printed := range []any{v, &v, []secret.Value{v}, map[string]secret.Value{"a": v}, struct{ Inner secret.Value }{v}, unexported, &unexported} {
			if text := fmt.Sprintf(verb, printed); shows(text) {
				t.Errorf("%s of %T shows it: %s", verb, printed, text)
			}
		}
	}
	if got := fmt.Sprintf("%s %v %q %x %#v", v, v, v, v, v); got != "*** *** *** *** ***" {
		t.Errorf("got %s", got)
	}
	if err := fmt.Errorf("with %v", v); shows(err.Error()) {
		t.Error(err)
	}
}

// JSON, YAML, XML and every encoder that uses MarshalText write ***.
func TestValue_EncodesAsStars(t *testing.T) {
	t.Parallel()
	v := struct{ Token secret.Value }{secret.New(plain)}
	asJSON, err := json.Marshal(v)
	if err != nil || string(asJSON) != `{"Token":"***"}` {
		t.Errorf("got %s, %v", asJSON, err)
	}
	asYAML, err := yaml.Dump(v)
	if err != nil || shows(string(asYAML)) || !bytes.Contains(asYAML, []byte(secret.Mask)) {
		t.Errorf("got %s, %v", asYAML, err)
	}
	asXML, err := xml.Marshal(v.Token)
	if err != nil || shows(string(asXML)) || !bytes.Contains(asXML, []byte(secret.Mask)) {
		t.Errorf("got %s, %v", asXML, err)
	}
	asText, err := v.Token.MarshalText()
	if err != nil || string(asText) != secret.Mask {
		t.Errorf("got %s, %v", asText, err)
	}
}

// logrus and slog write *** in fields and in messages.
func TestValue_LogsAsStars(t *testing.T) {
	t.Parallel()
	v := secret.New(plain)
	var out bytes.Buffer
	for _, format := range []logrus.Formatter{&logrus.TextFormatter{}, &logrus.JSONFormatter{}} {
		l := logrus.New()
		l.SetOutput(&out)
		l.SetFormatter(format)
		l.WithField("token", v).WithField("settings", struct{ Token secret.Value }{v}).Infof("with %v", v)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("with", "token", v)
	slog.New(slog.NewTextHandler(&out, nil)).Info("with", "token", v)
	if shows(out.String()) || strings.Count(out.String(), secret.Mask) < 6 {
		t.Error(out.String())
	}
}

// Reveal returns the original text, and "" for the zero value.
func TestValue_Reveal(t *testing.T) {
	t.Parallel()
	var read secret.Value
	if err := read.UnmarshalText([]byte(plain)); err != nil || read.Reveal() != plain {
		t.Errorf("got %q, %v", read.Reveal(), err)
	}
	if secret.New(plain).Reveal() != plain || (secret.Value{}).Reveal() != "" || secret.New("") != (secret.Value{}) {
		t.Error("the value is not the original text")
	}
}
