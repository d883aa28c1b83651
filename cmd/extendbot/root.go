package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
)

// Exit codes of the program.
const (
	exitOK      = 0
	exitFailure = 1 // something failed while running
	exitUsage   = 2 // a mistake in flags or settings
)

// terminal is where a command reads and writes.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// usageError is a mistake in flags or arguments.
type usageError struct{ error }

// Unwrap gives the mistake.
func (e usageError) Unwrap() error { return e.error }

// execute runs one command line and gives the exit code.
func execute(ctx context.Context, args []string, term terminal) int {
	root := rootCommand(term)
	root.SetArgs(args)
	root.SetIn(term.in)
	root.SetOut(term.out)
	root.SetErr(term.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(term.err, "extendbot:", err)
	if _, ok := errors.AsType[*settings.Error](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailure
}

func rootCommand(term terminal) *cobra.Command {
	serve := serveCommand(term)
	root := &cobra.Command{
		Use:   "extendbot",
		Short: "A Slack bot that extends rented servers at 0xhost",
		Long: "extendbot lets a team extend its 0xhost servers from Slack: /extend <server> <hours>, a card\n" +
			"with Confirm and Cancel, one order, the receipt in the thread. Without a command it serves.\n" +
			"Its settings are environment variables, see docs/settings.md.",
		Args:          noArgs,
		RunE:          serve.RunE,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(serve, demoCommand(term), checkCommand(term), ordersCommand(term), migrateCommand(term), versionCommand(term))
	return root
}

// noArgs refuses arguments as a mistake of usage.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("unknown command or argument %q, see extendbot --help", args[0])}
}

// exactly wants n arguments, and says what they are if there are not n.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s wants %s", cmd.CommandPath(), what)}
		}
		return nil
	}
}
