package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"extendbot/bot"
	"extendbot/internal/slacksim"
)

// demoPatience is how long the demo waits for the bot, on a machine that may be
// busy with other things, before it says that nothing came.
const demoPatience = 30 * time.Second

// demoUnhurried gives the bot more than the three seconds of Slack, for the same
// reason. The demo shows how long each answer took.
var demoUnhurried = tuning{
	lockWait: demoPatience,
	bot:      []func(*bot.Config){func(c *bot.Config) { c.DecideTimeout = demoPatience }},
}

func demoCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: the real bot on a Slack and a 0xhost of its own, no account needed",
		Long: "demo runs the bot as serve does, against a Slack and a 0xhost that live on this machine, on a\n" +
			"database that is removed at the end. It is a small chat: type help there. With --script it plays\n" +
			"a conversation, checks each step of it, and fails if one did not go as it should.",
		Args: noArgs,
	}
	script := cmd.Flags().Bool("script", false, "play a conversation that checks itself")
	logFile := cmd.Flags().String("log", "", "add the bot's log to this `file`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		log, err := openDemoLog(*logFile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		if *script {
			return runScript(cmd.Context(), term, log)
		}
		return runChat(cmd.Context(), term, log)
	}
	return cmd
}

// openDemoLog opens the file for the log; without a name nothing is kept.
func openDemoLog(name string) (io.WriteCloser, error) {
	if name == "" {
		return discard{}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	return file, nil
}

// discard is a file that keeps nothing.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// demo is the program, as serve runs it, on a stage of its own.
type demo struct {
	*stage

	dir string
	log io.Writer

	service *service
	took    time.Duration // from the start to Slack's first hello
	stop    context.CancelFunc
	ended   chan struct{} // closed when the program has ended
	err     error         // with which it ended; valid after that
}

// newDemo sets a stage and starts the program on it.
func newDemo(ctx context.Context, config slacksim.Config, log io.Writer) (_ *demo, err error) {
	d := &demo{log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	if d.dir, err = os.MkdirTemp("", "extendbot-demo-"); err != nil {
		return nil, err
	}
	config.AckTimeout = demoPatience
	if d.stage, err = newStage(d.dir, config); err != nil {
		return nil, err
	}
	err = d.begin(ctx)
	return d, err
}

// begin starts the program and waits until it listens.
func (d *demo) begin(ctx context.Context) error {
	start := time.Now()
	v, err := newService(ctx, d.settings, newLog(d.settings, d.log), demoUnhurried)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	d.service, d.stop, d.ended = v, stop, ended
	go func() {
		defer close(ended)
		d.err = v.run(ctx)
	}()
	late := time.NewTimer(demoPatience)
	defer late.Stop()
	select {
	case <-v.bot.Hello():
		d.took = time.Since(start)
		return nil
	case <-ended:
		return errors.Join(d.end(), errors.New("the bot ended at its start"))
	case <-late.C:
		return errors.Join(d.end(), fmt.Errorf("no hello from Slack within %s", demoPatience))
	}
}

// end stops the program, as ^C does.
func (d *demo) end() error {
	if d.service == nil {
		return nil
	}
	d.stop()
	<-d.ended
	err := errors.Join(d.err, d.service.close())
	d.service = nil
	return err
}

// close ends the program, strikes the stage and removes the database.
func (d *demo) close() error {
	err := d.end()
	if d.stage != nil {
		err = errors.Join(err, d.stage.close())
	}
	if d.dir != "" {
		err = errors.Join(err, os.RemoveAll(d.dir))
	}
	return err
}
