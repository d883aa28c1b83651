package settings

import (
	"slices"
	"strings"
	"testing"
)

// What went wrong when a text was copied is named, with the variable that was
// set and without the value. What is wrong beside that is reported too.
func TestParse_NamesSlips(t *testing.T) {
	t.Parallel()
	const (
		mark   = "begins with a byte order mark (U+FEFF), which cannot be seen; remove it, or save the file as UTF-8 without one"
		space  = "begins or ends with a space or a line break; remove it"
		name   = "begins with its own name; write only what comes after the ="
		quoted = "has quotation marks around it that became a part of the value; remove them"
		dollar = "begins with $ or {{: the variable that it names was not filled in"
		tilde  = "begins with ~, which only a shell replaces; write the whole path"
		angle  = "contains a placeholder in < and >; write what it stands for, without these two characters"
		commas = "separates its entries with something else than commas"
	)
	for _, c := range []struct {
		name, value string
		want        []string
	}{
		{"SLACK_BOT_TOKEN", `"xoxb-hunter2"`, []string{quoted}},
		{"SLACK_BOT_TOKEN", `'xoxb-hunter2'`, []string{quoted}},
		{"SLACK_BOT_TOKEN", `“xoxb-hunter2”`, []string{quoted}},
		{"SLACK_BOT_TOKEN", `"xoxb-hunter2`, []string{quoted}},
		{"SLACK_BOT_TOKEN", "\ufeffxoxb-hunter2", []string{mark}},
		{"SLACK_BOT_TOKEN", "\ufeff\"xoxb-hunter2\"\r\n", []string{mark, space, quoted}},
		{"SLACK_BOT_TOKEN", "\u00a0xoxb-hunter2", []string{space}},
		{"SLACK_BOT_TOKEN", " ", []string{space, "is required: a bot token, which begins with 'xoxb-'"}},
		{"SLACK_BOT_TOKEN", `""`, []string{quoted, "is required: a bot token, which begins with 'xoxb-'"}},
		{"SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN=xoxb-hunter2", []string{name}},
		{"SLACK_BOT_TOKEN", `export SLACK_BOT_TOKEN="xoxb-hunter2"`, []string{name, quoted}},
		{"SLACK_BOT_TOKEN", `"xapp-hunter2"`, []string{quoted, "contains an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"}},
		{"SLACK_BOT_TOKEN", "${HUNTER2}", []string{dollar}},
		{"SLACK_BOT_TOKEN", "{{ .Values.hunter2 }}", []string{dollar}},
		{"SLACK_BOT_TOKEN", "<xoxb-hunter2>", []string{angle}},
		{"SLACK_BOT_TOKEN", "xoxb\u2013hunter2", []string{"contains a dash that is not the hyphen of the keyboard (character 5); type that part again"}},
		{"SLACK_BOT_TOKEN", "xoxb-\u200bhunter2", []string{"contains an invisible character (character 6); type that part again"}},
		{"SLACK_BOT_TOKEN", "xoxb-hunter2\xff", []string{"is not UTF-8 text; save it as UTF-8"}},
		{"OXHOST_API_KEY", "\ufeff'hunter2'", []string{mark, quoted}},
		{"OXHOST_API_KEY", "\xff\xfeh\x00u\x00", []string{"is not UTF-8 text; save it as UTF-8"}},
		{"ALLOWLIST", `"U0ALICE:hunter2"`, []string{quoted}},
		{"ALLOWLIST", "U0ALICE\uff1ahunter2", []string{"contains a full-width character (character 8); type that part again"}},
		{"ALLOWLIST", "U0ALICE:hun\u00a0ter2", []string{"contains a space that is not an ordinary one, such as a non-breaking space (character 12); type that part again"}},
		{"ALLOWLIST", "U0ALICE:a;U0BOB:hunter2", []string{commas}},
		{"ALLOWLIST", "U0ALICE:a\nU0BOB:hunter2", []string{commas}},
		{"ALLOWLIST", "U0ALICE:<hunter2>", []string{angle}},
		{"ALLOWLIST", "U0ALICE:a,", []string{"entry 2: is empty; remove the extra comma"}},
		{"SERVERS", "web-1:a\uff0cdb-1:hunter2", []string{"contains a full-width character (character 8); type that part again"}},
		{"ADMINS", "'U0CAROL'", []string{quoted}},
		{"ADMINS", "U0CAROL|U0HUNTER2", []string{commas}},
		{"DATABASE_URL", `"sqlite:hunter2.db"`, []string{quoted}},
		{"DATABASE_URL", "sqlite:hunter2.db ", []string{space}},
		{"DATABASE_URL", "sqlite:~/hunter2.db", []string{tilde}},
		{"DATABASE_URL", "sqlite:hun\u200dter2.db", []string{"contains an invisible character (character 11); type that part again"}},
		{"SLACK_API_URL", "https://slack.com/hunter2 ", []string{space}},
		{"SLACK_API_URL", "https://sl\u00adack.com/", []string{"contains an invisible character (character 11); type that part again"}},
		{"OXHOST_API_URL", "'https://0xhost.net/hunter2/'", []string{quoted}},
		{"OXHOST_TIMEOUT", "30s\n", []string{space}},
		{"OXHOST_TIMEOUT", "\uff13\uff10s", []string{"contains a full-width character (character 1); type that part again"}},
		{"OXHOST_TIMEZONE", `"UTC"`, []string{quoted}},
		{"CURRENCY", " EUR", []string{space}},
		{"CONFIRM_TTL", "$TTL", []string{dollar}},
		{"MAX_HOURS", `"720"`, []string{quoted}},
		{"REMIND_BEFORE", "24h;2h", []string{commas}},
		{"REMIND_CHANNEL", " C0HUNTER2", []string{space}},
		{"SLACK_CONNECTIONS", "2 ", []string{space}},
		{"HTTP_ADDR", `":8080"`, []string{quoted}},
		{"LOG_LEVEL", "info\r", []string{space}},
		{"LOG_FORMAT", "'json'", []string{quoted}},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Parallel()
			var want []Mistake
			for _, what := range c.want {
				want = append(want, Mistake{c.name, what})
			}
			_, err := Parse(with(map[string]string{c.name: c.value}))
			wantMistakes(t, err, want...)
			if strings.Contains(err.Error(), "unter2") {
				t.Errorf("the value is in %q", err)
			}
		})
	}
}

// The text of a secret's file has the same mistakes, and they name <NAME>_FILE.
func TestParse_NamesSlipsInFiles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"\ufeffxapp-hunter2\r\n":         {"the text in the file begins with a byte order mark (U+FEFF), which cannot be seen; remove it, or save the file as UTF-8 without one"},
		"\"xapp-hunter2\"\n":             {"the text in the file has quotation marks around it that became a part of the value; remove them"},
		"xapp-hunter2 \n":                {"the text in the file begins or ends with a space or a line break; remove it"},
		"SLACK_APP_TOKEN=xapp-hunter2\n": {"the text in the file begins with its own name; write only what comes after the ="},
		"\xff\xfex\x00a\x00":             {"the text in the file is not UTF-8 text; save it as UTF-8"},
		"xapp-hunter2\nxoxb-hunter2\n":   {"the text in the file contains a space, a line break, or another character that cannot be in it"},
		"\n":                             nil, // an empty file, see secret.ReadFile
		"xoxb-hunter2":                   {"the text in the file contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		"\"xoxb-hunter2\"":               {"the text in the file has quotation marks around it that became a part of the value; remove them", "the text in the file contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
	} {
		path := secretPath(t, text)
		_, err := Parse(with(map[string]string{"SLACK_APP_TOKEN": "-", "SLACK_APP_TOKEN_FILE": path}))
		var mistakes []Mistake
		for _, what := range want {
			mistakes = append(mistakes, Mistake{"SLACK_APP_TOKEN_FILE", what})
		}
		if want == nil {
			mistakes = []Mistake{{"SLACK_APP_TOKEN_FILE", path + " is empty"}}
		}
		wantMistakes(t, err, mistakes...)
		if strings.Contains(err.Error(), "unter2") {
			t.Errorf("the value is in %q", err)
		}
	}
}

// Lists may have blanks and line breaks around their entries, as YAML makes
// them. A path may have any character that can be seen.
func TestParse_NotEverythingIsASlip(t *testing.T) {
	t.Parallel()
	s, err := Parse(with(map[string]string{
		"ALLOWLIST": "\n  U0ALICE:a,\n  U0BOB:b\n", "SERVERS": " web-1:S1 ,\r\n db-1:S2", "ADMINS": "U0CAROL\n",
		"DATABASE_URL": "sqlite:/数据/it's “new”–1：2.db",
	}))
	if err != nil || len(s.Allowlist) != 2 || len(s.Servers) != 2 || !slices.Equal(s.Admins, []string{"U0CAROL"}) {
		t.Errorf("got %v, %v", s, err)
	}
}

// Only secrets come from files. A file for any other setting would silently not
// be read.
func TestParse_FileOfNoSecret(t *testing.T) {
	t.Parallel()
	_, err := Parse(with(map[string]string{"ALLOWLIST_FILE": "/etc/hunter2", "LOG_LEVEL_FILE": "/etc/hunter2"}))
	const what = "is not a setting: only secrets can come from a file"
	wantMistakes(t, err, Mistake{"ALLOWLIST_FILE", what}, Mistake{"LOG_LEVEL_FILE", what})
}

// No text in any setting makes a panic, and no message repeats the text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`"xoxb-1"`, "\ufeffxoxb-1", "xoxb-1 \n", "export X=1", "15", "1d", "https://u:p@h/", "sqlite:", "a;b", "０", "${A}", "<a>", "\xff", "*:80"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const marker = "hunter2secret"
		for _, s := range List() {
			if s.Name == "POLICY_FILE" {
				continue // a path, which is shown
			}
			_, err := Parse(with(map[string]string{s.Name: text + marker}))
			if err != nil && strings.Contains(err.Error(), marker) {
				t.Errorf("%s: the value is in %q", s.Name, err)
			}
			_, _ = Parse(with(map[string]string{s.Name: text}))
		}
	})
}
