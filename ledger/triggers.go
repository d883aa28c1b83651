package ledger

import (
	"context"
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
	dir := path.Join("migrations", own)
	files, err := fs.ReadDir(migrations, dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(migrations, path.Join(dir, file.Name()))
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

// comparedTriggers compares the triggers and functions in a database, which a query
// returns with their kinds and names, with those of its migrations. Another trigger
// could change what the program writes.
func comparedTriggers(ctx context.Context, tx tx, own, query string) (wrong []string, err error) {
	defined, err := triggersOf(own)
	if err != nil {
		return nil, err
	}
	there := map[string]string{}
	err = forEachRow(ctx, tx, query, func(found scanner) error {
		var name, definition string
		err := found.Scan(&name, &definition)
		there[name] = normalized(definition)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		switch definition, exists := there[name]; {
		case definition == defined[name]:
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
