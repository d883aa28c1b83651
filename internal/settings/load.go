package settings

import (
	"fmt"
	"os"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// FileSuffix ends the name of the variable that names a secret's file.
const FileSuffix = "_FILE"

// Load reads the settings from the environment. Its error is an [*Error].
func Load() (Settings, error) { return LoadSome() }

// LoadSome reads only the settings of these names, for commands that need no
// others: mistakes in others are no error, and their fields stay empty.
func LoadSome(names ...string) (Settings, error) {
	var text environment
	if err := envconfig.Process("", &text); err != nil {
		return Settings{}, err // never: a string takes any text
	}
	variables := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	c := checker{list: list(text), variables: variables, only: names}
	return c.settings()
}

// Parse reads the settings from variables in place of the environment. Its error
// is an [*Error].
func Parse(variables map[string]string) (Settings, error) {
	all := List()
	for i, s := range all {
		text, ok := variables[s.Name]
		if !ok {
			text = s.Default
		}
		all[i].text = text
	}
	c := checker{list: all, variables: variables}
	return c.settings()
}

// Mistake is one thing that is wrong with one setting. It never repeats the
// value of the setting.
type Mistake struct {
	Name string // of the setting
	What string // what is wrong and what to do
}

// Error is all that is wrong with the settings, in the order of the reference.
type Error struct{ Mistakes []Mistake }

// Error lists the mistakes, one on each line.
func (e *Error) Error() string {
	text := fmt.Sprintf("there are %d mistakes in the settings:", len(e.Mistakes))
	if len(e.Mistakes) == 1 {
		text = "there is a mistake in the settings:"
	}
	for _, m := range e.Mistakes {
		text += fmt.Sprintf("\n  %s: %s", m.Name, m.What)
	}
	return text
}
