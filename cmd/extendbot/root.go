package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger/dburl"
)

// Exit codes of the program.
const (
	exitOK      = 0
	exitFailure = 1 // something failed while running
	exitUsage   = 2 // a mistake in flags or settings
)

// terminal is the input and output of a command.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// usageError is a mistake in flags or arguments. It leads to exit code 2.
type usageError struct{ error }

// Unwrap returns the mistake.
func (e usageError) Unwrap() error { return e.error }

// execute runs one command line and returns the exit code.
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
	fmt.Fprintln(term.err, visibleLines("extendbot: "+err.Error()))
	if _, ok := errors.AsType[*settings.Error](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*dburl.Error](err); ok {
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
		Long: "extendbot lets a team extend its 0xhost servers from Slack. /extend <server> <hours> posts a card;\n" +
			"when it is confirmed, extendbot places one order and posts the receipt in the card's thread.\n\n" +
			"Without a command, it serves. Its settings are environment variables, see docs/settings.md.",
		Args:          noArgs,
		RunE:          serve.RunE,
		Version:       versionLine(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpCommand())
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(serve, demoCommand(term), demoBotCommand(term), checkCommand(term), ordersCommand(term), policyCommand(term), leasesCommand(term), migrateCommand(term), versionCommand(term))
	return root
}

// oneArg accepts exactly one argument. what describes it.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s needs %s", cmd.CommandPath(), what)}
		}
		return nil
	}
}
