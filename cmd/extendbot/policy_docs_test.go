package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// docsBlock matches a block of code, or what was bought before the commands that follow.
var docsBlock = regexp.MustCompile("(?s)\n(?:```|<!-- )(\\w+)(.*?)\n(?:```|-->)\n")

// Every example in docs/policy.md does what the document says: each policy is the one
// that the commands after it use, with an empty database or one with what was bought, and
// each command prints what is under it.
func TestPolicyDocs_ExamplesWork(t *testing.T) {
	text, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := map[string]int{}
	for _, block := range docsBlock.FindAllStringSubmatch(string(text), -1) {
		kind, body := block[1], strings.TrimPrefix(block[2]+"\n", "\n")
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
		case "bought": // nothing, if the block is empty
			var all []purchase
			for line := range strings.Lines(body) {
				all = append(all, parsePurchase(t, line))
			}
			useLedgerOf(t, all...)
		case "console":
			ran["command"] += runExamples(t, body)
		default:
			t.Errorf("a block of %s is not run", kind)
		}
	}
	if ran["yaml"] < 12 || ran["sh"] < 1 || ran["bought"] < 2 || ran["command"] < 24 {
		t.Errorf("only these were found: %v", ran)
	}
}

// freeAgain is a time that depends on when the test runs.
var freeAgain = regexp.MustCompile(`enough again \d{4}-\d\d-\d\d \d\d:\d\d UTC`)

// withoutTimes returns what a command prints, without the times in it.
func withoutTimes(out string) string {
	return freeAgain.ReplaceAllString(strings.TrimSpace(out), "enough again (time)")
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
		if withoutTimes(out) != withoutTimes(want) {
			t.Errorf("%s\nprinted:\n%s\nthe document says:\n%s", line, out, want)
		}
		if refused := strings.Contains(want, "extendbot: "); refused != (code == exitFailure) {
			t.Errorf("%s: exit code %d", line, code)
		}
		commands++
	}
	return commands
}
