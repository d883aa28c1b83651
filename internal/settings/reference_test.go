package settings

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is generated from the program")

const (
	reference  = "../../docs/settings.md"
	tableBegin = "<!-- settings:begin -->\n"
	tableEnd   = "<!-- settings:end -->"
)

// docs/settings.md has the table that the program generates.
func TestReference_IsUpToDate(t *testing.T) {
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, begins := strings.Cut(string(text), tableBegin)
	_, tail, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s does not have the marks %q and %q", reference, strings.TrimSpace(tableBegin), tableEnd)
	}
	want := head + tableBegin + markdown() + tableEnd + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("docs/settings.md is out of date: run make settings")
	}
	if err := os.WriteFile(reference, []byte(want), 0o644); err != nil { //nolint:gosec // a document
		t.Fatal(err)
	}
}

// Every setting has a name, a form and a meaning, and its limits can be parsed.
func TestList_IsComplete(t *testing.T) {
	t.Parallel()
	for _, s := range List() {
		if s.Name == "" || s.Meaning == "" || s.Form == "" {
			t.Errorf("%+v: a tag is missing", s)
		}
		if strings.Count(s.Meaning, "'")%2 != 0 || strings.Count(s.Form, "'")%2 != 0 {
			t.Errorf("%s: a 'quote' is not closed", s.Name)
		}
		for _, limit := range []string{s.min, s.max} {
			_, asDuration := ParseDays(limit)
			_, asNumber := strconv.Atoi(limit)
			isNumber := strings.Contains(s.Form, "number")
			if limit != "" && (!isNumber && asDuration != nil || isNumber && asNumber != nil) {
				t.Errorf("%s: the limit %q cannot be read", s.Name, limit)
			}
		}
	}
}

// markdown returns the table of all settings for docs/settings.md.
func markdown() string {
	code := strings.NewReplacer("'", "`", "|", `\|`) // a tag cannot contain backquotes, and a bar ends a cell
	var b strings.Builder
	b.WriteString("| Setting | Default | Form | Meaning |\n|---|---|---|---|\n")
	for _, s := range List() {
		usual, meaning := "", code.Replace(s.Meaning)
		if s.Required {
			usual = "required"
		} else if s.Default != "" {
			usual = "`" + s.Default + "`"
		}
		if s.Secret {
			meaning += fmt.Sprintf(" Secret; also from the file named by `%s`.", s.Name+FileSuffix)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, usual, code.Replace(s.Form), meaning)
	}
	return b.String()
}
