package auth

import (
	"bytes"
	"regexp"
	"strings"

	"extendbot/internal/oddtext"
)

// wrapped is a text with quotation marks around it.
var wrapped = regexp.MustCompile(`(?s)^\s*(?:".*"|'.*')\s*$`)

// notFilledIn is what a template or a document leaves in a file.
var notFilledIn = regexp.MustCompile(`\$\{|\{\{|<[^<>]+>`)

// explainMistakes adds to the first mistake of a line what can be wrong with the whole line
// and is hard to see.
func (y *policyYAML) explainMistakes(text []byte) {
	lines := bytes.Split(text, []byte("\n"))
	explained := map[int]bool{}
	for _, m := range y.mistakes {
		if m.Line < 1 || m.Line > len(lines) || explained[m.Line] {
			continue
		}
		explained[m.Line] = true
		if slips := lineSlips(string(lines[m.Line-1])); len(slips) > 0 {
			m.What += " (the line " + strings.Join(slips, "; it ") + ")"
		}
		if m.Line == 1 && wrapped.Match(text) {
			m.What += " (the file has quotation marks around it; remove them)"
		}
	}
}

// lineSlips returns what went wrong when a line was copied or filled in.
func lineSlips(line string) (slips []string) {
	line = strings.TrimPrefix(line, "\ufeff") // YAML allows it
	for _, odd := range oddtext.Find(line, false) {
		slips = append(slips, "contains "+odd)
	}
	if strings.HasPrefix(strings.TrimLeft(line, " "), "\t") {
		slips = append(slips, "is indented with a tab; YAML needs spaces")
	}
	if notFilledIn.MatchString(line) {
		slips = append(slips, "contains a placeholder such as ${NAME} or <name> that was not filled in")
	}
	return slips
}
