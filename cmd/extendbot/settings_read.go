package main

import (
	"cmp"
	"encoding"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/kelseyhightower/envconfig"

	"extendbot/internal/secret"
)

// environment reads settings one by one and collects what is wrong with them.
type environment struct{ mistakes []SettingMistake }

// wrong notes a mistake.
func (e *environment) wrong(name, what string) {
	e.mistakes = append(e.mistakes, SettingMistake{Name: name, What: what})
}

// fill reads every setting.
func (e *environment) fill(s *Settings) {
	for _, row := range settingsTable() {
		e.read(row, row.of(s))
	}
}

// fillOnly reads the settings of those names.
func (e *environment) fillOnly(s *Settings, names ...string) {
	for _, row := range settingsTable() {
		if slices.Contains(names, row.name) {
			e.read(row, row.of(s))
		}
	}
}

// read reads one setting and checks all that concerns it alone.
func (e *environment) read(row setting, into reflect.Value) {
	before := len(e.mistakes)
	if row.secret && os.Getenv(row.name+fileSuffix) != "" {
		e.readSecretFile(row, into)
	} else if err := process(row, row.name, into); err != nil {
		e.misread(row, err)
	}
	if len(e.mistakes) > before {
		return
	}
	e.check(row, into)
}

// misread notes why the text of a setting could not be taken.
func (e *environment) misread(row setting, err error) {
	words := showable(err)
	for _, what := range words {
		e.wrong(row.name, what)
	}
	if len(words) == 0 {
		e.wrong(row.name, "must be "+row.form)
	}
}

// check looks at what was read.
func (e *environment) check(row setting, v reflect.Value) {
	switch {
	case row.required && v.IsZero():
		e.wrong(row.name, "is required: "+row.form+slip(row.name))
	case v.CanInt() && (!row.within(v) || !writtenPlainly(row, v)):
		e.wrong(row.name, "must be "+row.form)
	}
	if hidden, ok := reflect.TypeAssert[secret.Value](v); ok {
		if what := checkSecret(row, hidden.Reveal()); what != "" {
			e.wrong(row.name, what)
		}
	}
}

// writtenPlainly says whether a number was written as people read it: envconfig takes
// 010 for 8.
func writtenPlainly(row setting, v reflect.Value) bool {
	raw := os.Getenv(row.name)
	if raw == "" || row.isDuration() {
		return true
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	return err == nil && n == v.Int() && !strings.HasPrefix(raw, "0")
}

// checkPolicy looks at the settings that say who may order, of which one form
// is required and two are a contradiction.
func (e *environment) checkPolicy(s Settings) {
	file := s.PolicyFile != ""
	if !file && os.Getenv("ALLOWLIST") == "" {
		e.wrong("ALLOWLIST", "this or POLICY_FILE is required, or nobody may order anything"+cmp.Or(slip("ALLOWLIST"), slip("POLICY_FILE")))
	}
	for _, short := range []string{"ALLOWLIST", "SERVERS", "ADMINS"} {
		if file && os.Getenv(short) != "" {
			e.wrong(short, "is replaced by POLICY_FILE; set one of the two")
		}
	}
	if !file {
		return
	}
	if _, err := s.rules(nil); err != nil {
		for _, part := range parts(err) { // none repeats what the file says
			e.wrong("POLICY_FILE", part.Error())
		}
	}
}

// sorted gives the mistakes in the order of the reference.
func (e *environment) sorted() []SettingMistake {
	place := map[string]int{}
	for i, row := range settingsTable() {
		place[row.name], place[row.name+fileSuffix] = i, i
	}
	slices.SortStableFunc(e.mistakes, func(x, y SettingMistake) int { return cmp.Compare(place[x.Name], place[y.Name]) })
	return e.mistakes
}

// process reads one field with envconfig, under a name of the environment. It
// goes field by field because envconfig stops at the first mistake.
func process(row setting, name string, into reflect.Value) error {
	one := row.field
	one.Tag = reflect.StructTag(fmt.Sprintf(`envconfig:%q default:%q`, name, row.standard))
	spec := reflect.New(reflect.StructOf([]reflect.StructField{{Name: one.Name, Type: one.Type, Tag: one.Tag}}))
	if err := envconfig.Process("", spec.Interface()); err != nil {
		return err
	}
	into.Set(spec.Elem().Field(0))
	return nil
}

// unsettable is a name that no environment can hold.
const unsettable = "="

// defaultSettings gives every setting its default, whatever the environment
// says. Those without one are empty.
func defaultSettings() Settings {
	var s Settings
	for _, row := range settingsTable() {
		if err := process(row, unsettable, row.of(&s)); err != nil {
			panic(fmt.Sprintf("the default of %s: %v", row.name, err)) // seen by every test that starts from the defaults
		}
	}
	return s
}

// setText gives a field that reads itself from text its value.
func setText(v reflect.Value, text string) error {
	reader, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	if !ok {
		return errForm
	}
	return reader.UnmarshalText([]byte(text))
}

// maxSlips is how many letters of a setting's name may be wrong for it to be
// recognised.
const maxSlips = 2

// slip mentions a name of the environment that was probably meant to be name.
func slip(name string) string {
	known := map[string]bool{}
	for _, row := range settingsTable() {
		known[row.name], known[row.name+fileSuffix] = true, true
	}
	for _, variable := range os.Environ() {
		there, _, _ := strings.Cut(variable, "=")
		if there != "" && !known[there] && levenshtein.ComputeDistance(strings.ToUpper(there), name) <= maxSlips {
			return fmt.Sprintf(" (%s is set: is that a slip?)", there)
		}
	}
	return ""
}
