package main

import (
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
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *health {
			return checkHealth(cmd.Context(), term.out)
		}
		s, err := settings.Load()
		if err != nil {
			return err
		}
		return runCheck(cmd.Context(), s, term)
	}
	return cmd
}

// runCheck runs all checks and prints their results.
func runCheck(ctx context.Context, s settings.Settings, term terminal) error {
	return check.Run(ctx, check.Config{Settings: s, Version: version, Report: printResults(term.out)})
}

// printResults prints each result as one line, whatever is in its text.
func printResults(out io.Writer) func(check.Result) {
	return func(r check.Result) { fmt.Fprintln(out, visibleLines(r.String())) }
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
