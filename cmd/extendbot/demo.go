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
			"is deleted at the end. It is a small chat: type help there. It also prints the address of a page that\n" +
			"looks like a Slack client; --web serves only that page. With --script, it plays a conversation,\n" +
			"checks each step, and fails if one goes wrong.",
		Example: "  extendbot demo\n  extendbot demo --web\n  extendbot demo --web 127.0.0.1:8080",
	}
	script := cmd.Flags().Bool("script", false, "play a conversation that checks itself")
	web := cmd.Flags().String("web", "", "serve only the page, at this `address` of the loopback interface or a free port of it")
	cmd.Flags().Lookup("web").NoOptDefVal = freePort
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 && *web == freePort { // as in "--web 127.0.0.1:8080"
			*web, args = args[0], nil
		}
		if cmd.Flags().Changed("web") {
			if err := demo.CheckAddr(*web); err != nil {
				return usageError{fmt.Errorf("--web: %w", err)}
			}
		}
		if cmd.Flags().Changed("web") && *script {
			return usageError{errors.New("use either --web or --script")}
		}
		return noArgs(cmd, args)
	}
	logFile := cmd.Flags().String("log", "", "append the bot's log to this `file`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		log, err := openDemoLog(*logFile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		switch {
		case *script:
			return demo.Script(cmd.Context(), term.out, log)
		case *web != "":
			return serveDemo(cmd.Context(), *web, term.out, log)
		default:
			return demo.Chat(cmd.Context(), term.in, term.out, log)
		}
	}
	return cmd
}

// freePort is an address with a port that the kernel picks.
const freePort = "127.0.0.1:0"

// serveDemo serves the page until ctx ends.
func serveDemo(ctx context.Context, addr string, out io.Writer, log io.Writer) (err error) {
	web, err := demo.OpenWeb(demo.WebConfig{Addr: addr, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, web.Close()) }()
	fmt.Fprintf(out, "The page is at %s. Nothing in it costs anything. Stop it with ^C.\n", web.URL())
	return web.Wait(ctx)
}

// demoBotCommand is the bot of a demo, which the demo starts as a process of its own.
func demoBotCommand(term terminal) *cobra.Command {
	return &cobra.Command{
		Use:    demo.BotCommand,
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Bot itself decides which signals stop it.
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
