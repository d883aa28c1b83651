package settings

import "testing"

// A secret is read from the file named by <NAME>_FILE.
func TestParse_SecretFromItsFile(t *testing.T) {
	t.Parallel()
	s, err := Parse(with(map[string]string{"SLACK_APP_TOKEN": "-", "SLACK_APP_TOKEN_FILE": secretPath(t, "xapp-1\n")}))
	if err != nil || s.SlackAppToken.Reveal() != "xapp-1" {
		t.Errorf("got %q, %v", s.SlackAppToken.Reveal(), err)
	}
}

// The URL of the database can contain a password, so it can also come from a
// file.
func TestParse_DatabaseURLFromItsFile(t *testing.T) {
	t.Parallel()
	s, err := Parse(with(map[string]string{"DATABASE_URL_FILE": secretPath(t, "postgres://bot:hunter2@db/bot\n")}))
	if err != nil || s.Database.Reveal() != "postgres://bot:hunter2@db/bot" {
		t.Errorf("got %q, %v", s.Database.Reveal(), err)
	}
}

// A mistake about a file or its content names <NAME>_FILE, the variable that is
// set. The secret itself may be given as the path by mistake.
func TestParse_UnfitSecretFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	two, swapped := secretPath(t, "xapp-hunter2\n\n"), secretPath(t, "xoxb-hunter2")
	tests := []struct{ name, path, setting, want string }{
		{"missing", dir + "/none", "SLACK_APP_TOKEN_FILE", dir + "/none cannot be read: no such file or directory"},
		{"a directory", dir, "SLACK_APP_TOKEN_FILE", dir + " is a directory"},
		{"the token itself", "xapp-hunter2", "SLACK_APP_TOKEN_FILE", "contains a token; it must be the path of a file with the token in it"},
		{"no path", "hunter2", "SLACK_APP_TOKEN_FILE", "no file with that name can be read"},
		{"two line breaks", two, "SLACK_APP_TOKEN_FILE", "the text in the file begins or ends with a space or a line break; remove it"},
		{"the other token", swapped, "SLACK_APP_TOKEN_FILE", "the text in the file contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"a path in quotation marks", `"` + two + `"`, "SLACK_APP_TOKEN_FILE", "has quotation marks around it that became a part of the value; remove them"},
		{"a path that needs a shell", "~/token", "SLACK_APP_TOKEN_FILE", "begins with ~, which only a shell replaces; write the whole path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(with(map[string]string{"SLACK_APP_TOKEN": "-", "SLACK_APP_TOKEN_FILE": tt.path}))
			wantMistakes(t, err, Mistake{tt.setting, tt.want})
		})
	}
}
