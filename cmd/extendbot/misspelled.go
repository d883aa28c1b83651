package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArgs accepts no arguments. To an unknown one it answers with the command that was
// probably meant.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := commandHint(args[0], cmd.Commands())
	if hint == "" { // perhaps the group was left out
		var all []*cobra.Command
		for _, group := range cmd.Root().Commands() {
			all = append(all, group.Commands()...)
		}
		hint = commandHint(args[0], all)
	}
	return usageError{fmt.Errorf("unknown command or argument %q%s; see %s --help", args[0], hint, cmd.CommandPath())}
}

// commandHint is a question with the command that was probably meant, or "" if none is
// similar.
func commandHint(typed string, commands []*cobra.Command) string {
	var names []string
	paths := map[string]string{}
	for _, c := range commands {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
			paths[c.Name()] = c.CommandPath()
		}
	}
	return question(paths[mostSimilar(typed, names)])
}

// helpCommand is cobra's command help, but the name of a command that does not exist is a
// mistake.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return usageError{err}
			}
			if err := noArgs(about, rest); err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// flagError adds the flag that was probably meant to an error of reading flags.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usageError{err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && unknown.GetSpecifiedShortnames() == "" {
			names = append(names, "--"+f.Name)
		}
	})
	return usageError{fmt.Errorf("%w%s; see %s --help", err, didYouMean("--"+unknown.GetSpecifiedName(), names), cmd.CommandPath())}
}
