package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every example in docs/policy.md does what the document says: each policy is the one
// that the commands after it use, and each command prints what is under it.
func TestPolicyDocs_ExamplesWork(t *testing.T) {
	text, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := map[string]int{}
	blocks := regexp.MustCompile("(?s)\n```(\\w+)\n(.*?\n)```\n")
	for _, block := range blocks.FindAllStringSubmatch(string(text), -1) {
		kind, body := block[1], block[2]
		ran[kind]++
		switch kind {
		case "sh":
			usePolicy(t, "")
			for line := range strings.Lines(body) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				t.Setenv(name, value)
			}
		case "yaml":
			usePolicy(t, "policy.yaml")
			if err := os.WriteFile("policy.yaml", []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		case "console":
			ran["command"] += runExamples(t, body)
		default:
			t.Errorf("a block of %s is not run", kind)
		}
	}
	if ran["yaml"] < 8 || ran["sh"] < 1 || ran["command"] < 12 {
		t.Errorf("only these were found: %v", ran)
	}
}

// runExamples runs the commands after each "$ " and compares what they print.
func runExamples(t *testing.T, block string) (commands int) {
	t.Helper()
	for _, example := range strings.Split("\n"+block, "\n$ ")[1:] {
		line, want, _ := strings.Cut(example, "\n")
		args := strings.Fields(line)
		if args[0] != "extendbot" {
			t.Errorf("%s: not a command of extendbot", line)
			continue
		}
		code, out := command(t, args[1:]...)
		if strings.TrimSpace(out) != strings.TrimSpace(want) {
			t.Errorf("%s\nprinted:\n%s\nthe document says:\n%s", line, out, want)
		}
		if refused := strings.Contains(want, "extendbot: "); refused != (code == exitFailure) {
			t.Errorf("%s: exit code %d", line, code)
		}
		commands++
	}
	return commands
}
