package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every command line in the README is one of the program's, with flags that it has.
func TestReadme_CommandsExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile("(?m)(?:`|bin/|go run ./cmd/)extendbot((?: [^`#\\n]*)?)(?:`|#|$)").FindAllStringSubmatch(string(text), -1)
	if len(lines) < 15 {
		t.Errorf("only %d commands are named: is their form still known?", len(lines))
	}
	for _, line := range lines {
		args := strings.Fields(strings.NewReplacer("[", " ", "]", " ", `\|`, " ").Replace(line[1]))
		if len(args) > 0 && args[0] == "completion" {
			continue // cobra adds it when it runs
		}
		cmd, rest, err := rootCommand(terminal{}).Find(args)
		if err != nil || cmd.HasSubCommands() && len(rest) > 0 && rest[0][0] != '-' {
			t.Errorf("there is no command extendbot%s (%v)", line[1], err)
			continue
		}
		for _, arg := range rest {
			if name, isFlag := strings.CutPrefix(arg, "--"); isFlag && cmd.Flag(name) == nil {
				t.Errorf("extendbot%s: %s has no flag --%s", line[1], cmd.CommandPath(), name)
			}
		}
	}
}
