package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
)

func serveCommand(term terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Listen to Slack and place orders (the default)",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := settings.Load()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), s, term)
		},
	}
}

// serve runs the program until ctx ends, which is no error, even during the
// start.
func serve(ctx context.Context, s settings.Settings, term terminal) (err error) {
	v, err := newService(ctx, s, newLog(s, term.err))
	if err == nil {
		defer func() { err = errors.Join(err, v.close()) }()
		err = v.run(ctx)
	}
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
		return nil
	}
	return err
}
