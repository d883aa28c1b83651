package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"extendbot/internal/demo"
)

func demoCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try the bot with a simulated Slack and 0xhost; no account is needed",
		Long: "demo runs the bot as serve does, with a simulated Slack and 0xhost on this machine and a database that\n" +
			"is deleted at the end. It is a small chat: type help there. With --script, it plays a conversation,\n" +
			"checks each step, and fails if one goes wrong.",
		Args: noArgs,
	}
	script := cmd.Flags().Bool("script", false, "play a conversation that checks itself")
	logFile := cmd.Flags().String("log", "", "append the bot's log to this `file`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		log, err := openDemoLog(*logFile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		if *script {
			return demo.Script(cmd.Context(), term.out, log)
		}
		return demo.Chat(cmd.Context(), term.in, term.out, log)
	}
	return cmd
}

// demoBotCommand is the bot of a demo, which the demo starts as a process of its own.
func demoBotCommand(term terminal) *cobra.Command {
	return &cobra.Command{
		Use:    demo.BotCommand,
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// ^C in a terminal reaches both processes. The bot stops with the demo, not before it.
			return demo.Bot(context.WithoutCancel(cmd.Context()), term.in, term.out, term.err)
		},
	}
}

// openDemoLog opens the log file. Without a name, the log is discarded.
func openDemoLog(name string) (io.WriteCloser, error) {
	if name == "" {
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	return file, nil
}
