package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kelseyhightower/envconfig"

	"extendbot/auth"
)

// SettingMistake is one thing that is wrong with one setting. It never repeats
// what the setting holds.
type SettingMistake struct {
	Name string // of the setting
	What string // what is wrong and what to do
}

// SettingsError is everything that is wrong with the settings, in the order of
// the reference.
type SettingsError struct{ Mistakes []SettingMistake }

// Error lists the mistakes, one on each line.
func (e *SettingsError) Error() string {
	var b strings.Builder
	if len(e.Mistakes) == 1 {
		b.WriteString("there is a mistake in the settings:")
	} else {
		fmt.Fprintf(&b, "there are %d mistakes in the settings:", len(e.Mistakes))
	}
	for _, m := range e.Mistakes {
		fmt.Fprintf(&b, "\n  %s: %s", m.Name, m.What)
	}
	return b.String()
}

// problem is what is wrong with a setting in words that may be shown: they
// repeat nothing of its value.
type problem string

func (p problem) Error() string { return string(p) }

// parts takes an error that joins others apart.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) // only what is joined right here is taken apart
	if !ok {
		return []error{err}
	}
	var all []error
	for _, part := range joined.Unwrap() {
		all = append(all, parts(part)...)
	}
	return all
}

// showable gives the words of err that may be shown. The errors of libraries
// quote what they could not read, so only those of this program count.
func showable(err error) []string {
	if e, ok := errors.AsType[*envconfig.ParseError](err); ok {
		err = e.Err // it does not unwrap by itself
	}
	var words []string
	for _, part := range parts(err) {
		if p, ok := errors.AsType[problem](part); ok {
			words = append(words, string(p))
		} else if m, ok := errors.AsType[*auth.Mistake](part); ok {
			words = append(words, m.Error())
		}
	}
	return words
}
