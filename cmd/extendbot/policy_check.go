package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"extendbot/auth"
)

const policyCheckLong = `Reads a policy file as the service would, and prints every mistake with its line. No
message repeats a value of the file. The exit code is 1 if there are mistakes.

Whether the user groups exist is checked by "extendbot check", which asks Slack.`

func policyCheckCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Find the mistakes in a policy file",
		Long:  policyCheckLong,
		Args:  oneArg("the path of a policy file"),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		found, err := checkPolicy(args[0])
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return usageError{err}
		case err != nil:
			return err
		case *asJSON:
			err = printJSON(term.out, found)
		default:
			found.print(term.out)
		}
		if n := len(found.Mistakes); n > 0 && err == nil {
			return fmt.Errorf("%s in the policy file", counted(n, "mistake"))
		}
		return err
	}
	return cmd
}

// policyReport is what policy check found.
type policyReport struct {
	File     string          `json:"file"`
	OK       bool            `json:"ok"`
	Size     auth.Size       `json:"size"`
	Groups   []string        `json:"user_groups"` // all that the file names
	Mistakes []policyMistake `json:"mistakes"`
	Notes    []string        `json:"notes"`
}

type policyMistake struct {
	Line int    `json:"line"` // 0: about the whole file
	What string `json:"what"`
}

// checkPolicy reads a policy file. The error is about reading it; mistakes in it are
// in the report.
func checkPolicy(path string) (policyReport, error) {
	report := policyReport{File: path, Mistakes: []policyMistake{}, Notes: []string{}, Groups: []string{}}
	text, err := readPolicy(path)
	if err != nil {
		return report, err
	}
	rules, err := auth.ParseRules(path, text)
	if err != nil {
		report.Mistakes = mistakesIn(err)
		return report, nil
	}
	report.OK = true
	if report.Size, err = rules.Size(); err != nil {
		return report, err
	}
	report.Groups = append(report.Groups, rules.Groups()...)
	// A file can be right and still not be used where it is, because others could
	// change it. It may have been copied here only to be checked.
	used, err := auth.OpenRules(path, nil)
	if err != nil {
		report.Notes = append(report.Notes, rules.Warnings()...)
		report.Notes = append(report.Notes, "the service would not use the file from here: "+err.Error())
		return report, nil //nolint:nilerr // the error is in the report
	}
	report.Notes = append(report.Notes, used.Warnings()...)
	return report, nil
}

// readPolicy reads at most as much as is needed to see that a file is too large.
func readPolicy(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the path is an argument of the command
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // opened only for reading
	return io.ReadAll(io.LimitReader(file, 2<<20))
}

// mistakesIn returns the mistakes that an error of package auth joins.
func mistakesIn(err error) []policyMistake {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	var mistakes []policyMistake
	for _, err := range all {
		if m, ok := errors.AsType[*auth.Mistake](err); ok {
			mistakes = append(mistakes, policyMistake{Line: m.Line, What: m.What})
		} else {
			mistakes = append(mistakes, policyMistake{What: err.Error()})
		}
	}
	return mistakes
}

func (r policyReport) print(out io.Writer) {
	for _, m := range r.Mistakes {
		where := r.File
		if m.Line > 0 {
			where = fmt.Sprintf("%s:%d", r.File, m.Line)
		}
		fmt.Fprintf(out, "%s: %s\n", visible(where), visibleLines(m.What))
	}
	if r.OK {
		parts := []string{
			counted(r.Size.Servers, "server"), people(r.Size.People), counted(r.Size.Groups, "group"),
			counted(r.Size.Approvals, "approval rule"), counted(r.Size.Limits, "limit"), counted(r.Size.Admins, "admin"),
		}
		fmt.Fprintf(out, "%s: no mistakes; %s\n", visible(r.File), strings.Join(parts, ", "))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(out, "note: %s\n", visibleLines(note))
	}
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// counted returns a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
