package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every command line in the documents for people who run the bot is one of the program's,
// with flags that it has.
func TestDocuments_CommandsExist(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{
		"README.md": 15, "docs/operations.md": 30, "docs/policy.md": 20, "deploy/README.md": 3, "deploy/package/README.md": 1,
	} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		lines := commandLine.FindAllStringSubmatch(string(text), -1)
		if len(lines) < least {
			t.Errorf("%s names only %d commands: is their form still known?", name, len(lines))
		}
		for _, line := range lines {
			if problem := notACommand(line[1]); problem != "" {
				t.Errorf("%s: extendbot%s: %s", name, line[1], problem)
			}
		}
	}
}

// commandLine matches a command of the program in a document, in code or at the beginning
// of a line, and in a container.
var commandLine = regexp.MustCompile("(?m)(?:`|bin/|go run ./cmd/| /|^ {3,}|\\$ )extendbot((?: [a-z-][^`#\\n]*)?)(?:`|#|$)")

// notACommand returns what is wrong with a command line without its first word, or "".
func notACommand(line string) string {
	args := strings.Fields(strings.NewReplacer("…", " ", "[", " ", "]", " ", `\|`, " ").Replace(line))
	if len(args) > 0 && args[0] == "completion" {
		return "" // cobra adds it when it runs
	}
	cmd, rest, err := rootCommand(terminal{}).Find(args)
	if err != nil || cmd.HasSubCommands() && len(rest) > 0 && rest[0][0] != '-' {
		return "there is no such command"
	}
	for _, arg := range rest {
		name, isFlag := strings.CutPrefix(arg, "--")
		if name, _, _ = strings.Cut(name, "="); isFlag && cmd.Flag(name) == nil {
			return cmd.CommandPath() + " has no flag --" + name
		}
	}
	return ""
}
