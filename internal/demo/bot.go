package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	ossignal "os/signal"
	"syscall"
	"time"

	"extendbot/bot"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/internal/stage"
)

// BotCommand is the hidden command of the program that runs [Bot].
const BotCommand = "demo-bot"

// clockAhead is the environment variable with which the demo tells its bot how far its clock
// is ahead of the machine's.
const clockAhead = "DEMO_CLOCK_AHEAD"

// Bot runs the bot of a demo, which is a process of its own, so that it can be killed. It does
// what serve does, with the clock of the demo. The bot and the database get more time than the
// three seconds that Slack allows, because a machine may be busy; the demo shows how long each
// ack took.
//
// Bot writes a line to out when it is connected and has read the balances, so that the first
// card has them. It stops when in ends, as it does when the demo ends in any way, when it gets
// a SIGTERM, and when ctx ends. An interrupt does not stop it: ^C in a terminal reaches both
// processes, and the bot stops with the demo, not before it.
func Bot(ctx context.Context, in io.Reader, out, log io.Writer) (err error) {
	ossignal.Notify(make(chan os.Signal, 1), os.Interrupt) // and ignore it, on every system
	ctx, stop := ossignal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	s, err := settings.Load()
	if err != nil {
		return err
	}
	ahead, err := time.ParseDuration(os.Getenv(clockAhead))
	if err != nil {
		return fmt.Errorf("%s: %w", clockAhead, err)
	}
	clock := stage.NewClock(ahead)
	v, err := service.New(ctx, s, service.NewLog(s, log), service.WithWriteWait(patience), service.WithWallClock(clock.Now),
		service.WithBot(func(c *bot.Config) { c.DecideTimeout = patience }))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	go func() { // ends with the process: a read cannot be interrupted
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	ready := make(chan struct{})
	defer func() { <-ready }()
	go func() {
		defer close(ready)
		for _, begun := range []<-chan struct{}{v.Bot.Hello(), v.Prices.Tried()} {
			select {
			case <-begun:
			case <-ctx.Done():
				return
			}
		}
		_, _ = fmt.Fprintln(out, "ready") // the demo may be gone
	}()
	defer stop()
	return v.Run(ctx)
}

// IsBot reports whether this process is the bot of a demo: its arguments are [BotCommand]. A
// test binary whose tests start a demo must call it first, and then [BotMain].
func IsBot() bool { return len(os.Args) == 2 && os.Args[1] == BotCommand }

// BotMain is the main function of a test binary that is the bot of a demo.
func BotMain() {
	if err := Bot(context.Background(), os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // it is a main function
	}
}
