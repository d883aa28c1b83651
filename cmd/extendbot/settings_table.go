package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// fileSuffix is what the name of a secret gets to name its file instead.
const fileSuffix = "_FILE"

// setting is one row of the table of settings, made of the tags of a field.
type setting struct {
	field    reflect.StructField
	name     string
	standard string // the default, "" if there is none
	form     string // what its text must be
	desc     string
	required bool
	secret   bool
	token    string // how its text must begin
	min, max string // its limits, "" for none
}

// settingsTable lists all settings in the order of the struct.
func settingsTable() []setting {
	var table []setting
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		s := setting{
			field: f, name: f.Tag.Get("envconfig"), standard: f.Tag.Get("default"),
			form: f.Tag.Get("form"), desc: f.Tag.Get("desc"),
			required: f.Tag.Get("required") == "true", secret: f.Tag.Get("secret") == "true",
			token: f.Tag.Get("token"), min: f.Tag.Get("min"), max: f.Tag.Get("max"),
		}
		if s.form == "" {
			s.form = s.limits()
		}
		table = append(table, s)
	}
	return table
}

// of finds the setting's field.
func (s setting) of(all *Settings) reflect.Value {
	return reflect.ValueOf(all).Elem().FieldByIndex(s.field.Index)
}

// limits gives the form of a number or a duration.
func (s setting) limits() string {
	what, low := "a whole number", ", "+s.min+" or more"
	if s.isDuration() {
		what, low = "a duration such as '30s' or '15m'", ", more than 0"
	}
	if s.max != "" {
		return fmt.Sprintf("%s, from %s to %s", what, s.min, s.max)
	}
	return what + low
}

func (s setting) isDuration() bool { return s.field.Type == reflect.TypeFor[time.Duration]() }

// within says whether a number or a duration keeps its limits.
func (s setting) within(v reflect.Value) bool {
	return (s.min == "" || v.Int() >= s.limit(s.min)) && (s.max == "" || v.Int() <= s.limit(s.max))
}

// limit reads a limit, which a test has read before.
func (s setting) limit(text string) int64 {
	if s.isDuration() {
		d, _ := time.ParseDuration(text)
		return int64(d)
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// settingsMarkdown renders the table for docs/settings.md.
func settingsMarkdown() string {
	var b strings.Builder
	b.WriteString("| Setting | Default | Form | Meaning |\n|---|---|---|---|\n")
	for _, s := range settingsTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.name, s.markdownDefault(), code(s.form), code(s.desc)+s.markdownSecret())
	}
	return b.String()
}

func (s setting) markdownDefault() string {
	switch {
	case s.required:
		return "required"
	case s.standard == "":
		return ""
	default:
		return "`" + s.standard + "`"
	}
}

func (s setting) markdownSecret() string {
	if !s.secret {
		return ""
	}
	return fmt.Sprintf(" Secret; also from the file named by `%s`.", s.name+fileSuffix)
}

// code turns 'quotes' into code, because a tag cannot hold backquotes, and
// keeps bars from ending a cell.
func code(s string) string { return strings.NewReplacer("'", "`", "|", `\|`).Replace(s) }
