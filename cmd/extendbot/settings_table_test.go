package main

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"extendbot/auth"
)

var update = flag.Bool("update", false, "write what is generated from the program")

const (
	reference  = "../../docs/settings.md"
	tableBegin = "<!-- settings:begin -->\n"
	tableEnd   = "<!-- settings:end -->"
)

func TestTheReferenceOfSettingsIsUpToDate(t *testing.T) {
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, begins := strings.Cut(string(text), tableBegin)
	_, tail, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has lost its marks %q and %q", reference, strings.TrimSpace(tableBegin), tableEnd)
	}
	want := head + tableBegin + settingsMarkdown() + tableEnd + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("docs/settings.md is out of date: run go test ./cmd/extendbot -run Reference -update")
	}
	if err := os.WriteFile(reference, []byte(want), 0o644); err != nil { //nolint:gosec // a document
		t.Fatal(err)
	}
}

func TestThePolicyFileOfTheReferenceIsValid(t *testing.T) {
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("no example of a policy file")
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.OpenRules(path, nil); err != nil {
		t.Error(err)
	}
}

func TestEverySettingIsDescribedAndItsLimitsCanBeRead(t *testing.T) {
	for _, row := range settingsTable() {
		if row.name == "" || row.desc == "" || row.form == "" {
			t.Errorf("%s: a tag is missing", row.field.Name)
		}
		if strings.Count(row.desc, "'")%2 != 0 || strings.Count(row.form, "'")%2 != 0 {
			t.Errorf("%s: a 'quote' is not closed", row.name)
		}
		for _, limit := range []string{row.min, row.max} {
			_, asDuration := time.ParseDuration(limit)
			_, asNumber := strconv.Atoi(limit)
			if limit != "" && (row.isDuration() && asDuration != nil || !row.isDuration() && asNumber != nil) {
				t.Errorf("%s: the limit %q cannot be read", row.name, limit)
			}
		}
	}
}
