package settings

import (
	"fmt"
	"os"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// FileSuffix is the suffix of the variable that names a secret's file.
const FileSuffix = "_FILE"

// Load reads the settings from the environment. Its error is an [*Error].
func Load() (Settings, error) { return LoadSome() }

// LoadSome reads only the settings with these names, for commands that need no
// others. It ignores mistakes in other settings and leaves their fields empty.
func LoadSome(names ...string) (Settings, error) { return load(checker{only: names}) }

// LoadLedger reads the settings for a command that only uses the ledger:
// DATABASE_URL, APPROVAL_KEY, and OXHOST_API_KEY. One of the latter two is required if
// the command writes.
func LoadLedger(writes bool) (Settings, error) {
	c := forKeys("DATABASE_URL")
	c.needKey = writes
	return load(c)
}

// LoadLeases reads the settings for a command that uses the ledger, the policy, and 0xhost's
// lists if there is an OXHOST_API_KEY.
func LoadLeases() (Settings, error) {
	return load(checker{
		only:     []string{"DATABASE_URL", "ALLOWLIST", "SERVERS", "ADMINS", "POLICY_FILE", "CURRENCY", "OXHOST_API_KEY", "OXHOST_API_URL", "OXHOST_TIMEOUT", "OXHOST_TIMEZONE"},
		optional: []string{"OXHOST_API_KEY"},
	})
}

// LoadKeys reads only the keys of the ledger, which may all be missing.
func LoadKeys() (Settings, error) { return load(forKeys()) }

// forKeys returns a checker that reads the settings that have keys, and more.
func forKeys(more ...string) checker {
	return checker{only: append(more, "APPROVAL_KEY", "OXHOST_API_KEY"), optional: []string{"OXHOST_API_KEY"}}
}

// load reads the environment.
func load(c checker) (Settings, error) {
	var text environment
	if err := envconfig.Process("", &text); err != nil {
		return Settings{}, err // cannot happen: a string accepts any text
	}
	variables := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	c.list, c.variables = list(text), variables
	return c.settings()
}

// Parse reads the settings from variables instead of the environment. Its error
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

// Mistake is one mistake in one setting. It never repeats the value of the
// setting.
type Mistake struct {
	Name string // the setting's name
	What string // what is wrong and what to do
}

// Error is the list of all mistakes in the settings, in the order of the
// reference.
type Error struct{ Mistakes []Mistake }

// Error lists the mistakes, one per line.
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
