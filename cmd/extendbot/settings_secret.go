package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"runtime"
	"strings"
	"unicode"
)

// maxSecret is how large the file of a secret may be, in bytes.
const maxSecret = 64 << 10

// readSecretFile reads a secret from the file that <NAME>_FILE names.
func (e *environment) readSecretFile(row setting, into reflect.Value) {
	if os.Getenv(row.name) != "" {
		e.wrong(row.name, "is set, and "+row.name+fileSuffix+" too; set one of the two")
		return
	}
	text, err := secretFile(os.Getenv(row.name + fileSuffix))
	if err != nil {
		e.wrong(row.name+fileSuffix, err.Error())
		return
	}
	if err := setText(into, text); err != nil {
		e.misread(row, err)
	}
}

// secretFile gives the content of a file without its last line break. The
// error names the path and never the content.
func secretFile(path string) (string, error) {
	if kind, _ := tokenKind(path); kind != "" {
		return "", problem("holds a token; it must be the path of a file with the token in it")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", unreadable(path, err)
	case info.IsDir():
		return "", problem(path + " is a directory")
	case info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows":
		return "", problem(path + " may be written by everybody on this machine; take that right away (chmod o-w)")
	}
	file, err := os.Open(path) //nolint:gosec // the path is a setting
	if err != nil {
		return "", unreadable(path, err)
	}
	defer file.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", unreadable(path, err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch {
	case text == "":
		return "", problem(path + " is empty")
	case len(content) > maxSecret:
		return "", problem(fmt.Sprintf("%s is larger than %d bytes", path, maxSecret))
	}
	return text, nil
}

// unreadable says why a file cannot be read. A word that is no path at all may
// be the secret itself, so it is not repeated.
func unreadable(path string, err error) error {
	if !strings.ContainsRune(path, os.PathSeparator) && !strings.Contains(path, "/") {
		return problem("there is no file of that name that can be read")
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return problem(fmt.Sprintf("%s cannot be read: %v", path, err))
}

// tokens are the kinds of Slack's tokens, by how they begin, and what is to be
// said of one in the wrong place.
var tokens = []struct{ prefix, advice string }{
	{"xapp-", "holds an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"},
	{"xoxb-", "holds a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
	{"xoxp-", "holds a user token (xoxp-), which is not used here"},
	{"xoxe", "holds a configuration or refresh token (xoxe), which is not used here"},
}

// tokenKind says which kind of token a text is, "" for none.
func tokenKind(text string) (prefix, advice string) {
	for _, t := range tokens {
		if strings.HasPrefix(text, t.prefix) {
			return t.prefix, t.advice
		}
	}
	return "", ""
}

// checkSecret says what is wrong with a secret, "" for nothing.
func checkSecret(row setting, text string) string {
	kind, advice := tokenKind(text)
	switch {
	case text == "":
		return ""
	case kind != "" && kind != row.token:
		return advice
	case row.token != "" && (kind == "" || len(text) == len(kind)):
		return "must be " + row.form
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || !unicode.IsPrint(r) }):
		return "has a blank, a line break or another sign in it that does not belong there"
	}
	return ""
}
