package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASecretComesFromItsFile(t *testing.T) {
	for name, content := range map[string]string{"plain": "xapp-1", "line": "xapp-1\n", "line of Windows": "xapp-1\r\n"} {
		t.Run(name, func(t *testing.T) {
			setenv(t, map[string]string{"SLACK_APP_TOKEN": "-", "SLACK_APP_TOKEN_FILE": secretPath(t, content, 0o600)})
			s, err := loadSettings()
			if err != nil || s.SlackAppToken.Reveal() != "xapp-1" {
				t.Errorf("got %q, %v", s.SlackAppToken.Reveal(), err)
			}
		})
	}
}

func TestTheDatabaseURLComesFromItsFile(t *testing.T) {
	setenv(t, map[string]string{"DATABASE_URL_FILE": secretPath(t, "postgres://bot:hunter2@db/bot\n", 0o600)})
	s, err := loadSettings()
	if err != nil || s.Database.Reveal() != "postgres://bot:hunter2@db/bot" {
		t.Errorf("got %q, %v", s.Database.Reveal(), err)
	}
}

func TestAnUnfitSecretFileIsTold(t *testing.T) {
	dir := t.TempDir()
	empty, open, two := secretPath(t, "\n", 0o600), secretPath(t, "xapp-hunter2", 0o602), secretPath(t, "xapp-hunter2\n\n", 0o600)
	swapped, huge := secretPath(t, "xoxb-hunter2", 0o600), secretPath(t, strings.Repeat("x", maxSecret+1), 0o600)
	tests := []struct{ name, path, setting, want string }{
		{"missing", dir + "/none", "SLACK_APP_TOKEN_FILE", dir + "/none cannot be read: no such file or directory"},
		{"a directory", dir, "SLACK_APP_TOKEN_FILE", dir + " is a directory"},
		{"empty", empty, "SLACK_APP_TOKEN_FILE", empty + " is empty"},
		{"huge", huge, "SLACK_APP_TOKEN_FILE", huge + " is larger than 65536 bytes"},
		{"for everybody to write", open, "SLACK_APP_TOKEN_FILE", open + " may be written by everybody on this machine; take that right away (chmod o-w)"},
		{"the token itself", "xapp-hunter2", "SLACK_APP_TOKEN_FILE", "holds a token; it must be the path of a file with the token in it"},
		{"no path", "hunter2", "SLACK_APP_TOKEN_FILE", "there is no file of that name that can be read"},
		{"two line breaks", two, "SLACK_APP_TOKEN", "has a blank, a line break or another sign in it that does not belong there"},
		{"the other token", swapped, "SLACK_APP_TOKEN", "holds a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			setenv(t, map[string]string{"SLACK_APP_TOKEN": "-", "SLACK_APP_TOKEN_FILE": tt.path})
			_, err := loadSettings()
			wrong, ok := errors.AsType[*SettingsError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff([]SettingMistake{{tt.setting, tt.want}}, wrong.Mistakes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASecretInBothPlacesIsAMistake(t *testing.T) {
	setenv(t, map[string]string{"SLACK_APP_TOKEN_FILE": secretPath(t, "xapp-1", 0o600)})
	_, err := loadSettings()
	wrong, ok := errors.AsType[*SettingsError](err)
	want := []SettingMistake{{"SLACK_APP_TOKEN", "is set, and SLACK_APP_TOKEN_FILE too; set one of the two"}}
	if !ok || !cmp.Equal(want, wrong.Mistakes) {
		t.Errorf("got %v", err)
	}
}

func secretPath(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}
