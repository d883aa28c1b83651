// Command extendbot is a Slack bot that extends rented servers at 0xhost.
//
// This package is only the command line: each subcommand has its own file, and
// internal/service is the program that they start.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The program logs with logrus. The standard library's own log lines may
	// contain bytes from a connection.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal, the default behavior is restored, so a second signal
	// ends the process at once. The next start finds unfinished work.
	context.AfterFunc(ctx, stop)
	code := execute(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
