package migrations

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The triggers that protect history, and their functions, as the migrations of a
// database create them.
var (
	triggerInMigration  = regexp.MustCompile(`(?s)(CREATE TRIGGER (\w+) .*?(?:\nEND|\(\);))`)
	functionInMigration = regexp.MustCompile(`(?s)CREATE FUNCTION (\w+)\(\).*?\$\$(.*?)\$\$`)
)

// triggersOf returns the definitions of the triggers, and the bodies of their
// functions, by kind and name.
func triggersOf(own string) (map[string]string, error) {
	defined := map[string]string{}
	list, err := fs.ReadDir(files, own)
	if err != nil {
		return nil, err
	}
	for _, file := range list {
		text, err := fs.ReadFile(files, path.Join(own, file.Name()))
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for _, found := range triggerInMigration.FindAllStringSubmatch(up, -1) {
			defined["trigger "+found[2]] = normalized(found[1])
		}
		for _, found := range functionInMigration.FindAllStringSubmatch(up, -1) {
			defined["function "+found[1]] = normalized(found[2])
		}
	}
	return defined, nil
}

// normalized returns SQL without the differences that have no meaning.
func normalized(sql string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(sql), " "), ";")
}

// CompareTriggers compares the triggers and functions in a database, whose definitions
// are there by kind and name, with those of its migrations, which are those of "sqlite"
// or "postgres". It returns what is wrong. Another trigger could change what the
// program writes.
func CompareTriggers(own string, there map[string]string) (wrong []string, err error) {
	defined, err := triggersOf(own)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		switch definition, exists := there[name]; {
		case normalized(definition) == defined[name]:
		case exists:
			wrong = append(wrong, fmt.Sprintf("the %s was changed", name))
		case strings.HasPrefix(name, "trigger"): // its definition names the function
			wrong = append(wrong, fmt.Sprintf("the %s is missing or switched off", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if _, ours := defined[name]; !ours && strings.HasPrefix(name, "trigger") {
			wrong = append(wrong, fmt.Sprintf("the %s is none of this program's", name))
		}
	}
	return wrong, nil
}
