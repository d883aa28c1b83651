package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"extendbot/internal/check"
	"extendbot/internal/settings"
)

func checkCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the settings: database, Slack, and 0xhost; nothing is ordered",
		Args:  noArgs,
	}
	health := cmd.Flags().Bool("health", false, "only check that the serving process is alive, for container health checks")
	live := cmd.Flags().Bool("live", false, "also send a person a card in Slack, and wait for the press of its button; nothing is ordered")
	user := cmd.Flags().String("user", "", "with --live: the Slack user id of that person (default: the only admin of the policy)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case *health && *live:
			return usageError{errors.New("--health and --live are two different checks: use one of them")}
		case *health:
			return checkHealth(cmd.Context(), term.out)
		case *user != "" && !*live:
			return usageError{errors.New("--user needs --live")}
		}
		s, err := settings.Load()
		if err != nil {
			return err
		}
		to := ""
		if *live {
			if to, err = liveUser(s, *user); err != nil {
				return err
			}
		}
		return runCheck(cmd.Context(), s, to, term)
	}
	return cmd
}

// liveUser returns to whom the card of --live goes.
func liveUser(s settings.Settings, user string) (string, error) {
	to, err := check.LiveUser(s, user)
	if errors.Is(err, check.ErrLiveUser) {
		return "", usageError{err}
	}
	return to, err
}

// runCheck runs all checks and prints their results, and on stderr what takes long. It
// sends a card to a person unless that is "".
func runCheck(ctx context.Context, s settings.Settings, to string, term terminal) error {
	var unwritten error
	err := check.Run(ctx, check.Config{
		Settings: s, Version: version, LiveUser: to,
		Report: func(r check.Result) {
			unwritten = cmp.Or(unwritten, printResult(term.out, r))
		},
		Progress: func(text string) { fmt.Fprintln(term.err, visibleLines("... "+text)) },
	})
	return cmp.Or(err, unwritten)
}

// printResult prints a result as one line, whatever is in its text.
func printResult(out io.Writer, r check.Result) error {
	_, err := fmt.Fprintln(out, visibleLines(r.String()))
	return err
}

// checkHealth asks the process that serves with the same HTTP_ADDR.
func checkHealth(ctx context.Context, out io.Writer) error {
	s, err := settings.LoadSome("HTTP_ADDR")
	if err != nil {
		return err
	}
	switch err := check.Health(ctx, s.HTTPAddr); {
	case errors.Is(err, check.ErrNoPort):
		return usageError{err}
	case err != nil:
		return err
	}
	_, err = fmt.Fprintln(out, "ok")
	return err
}
