package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"extendbot/internal/service"
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

// serve runs the service until ctx ends. That is not an error, even during the
// start.
func serve(ctx context.Context, s settings.Settings, term terminal) (err error) {
	v, err := service.New(ctx, s, service.NewLog(s, term.err), service.WithVersion(version))
	if err == nil {
		defer func() { err = errors.Join(err, v.Close()) }()
		err = v.Run(ctx)
	}
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
		return nil
	}
	return err
}
