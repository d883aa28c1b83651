// Command extendbot is a Slack bot that extends rented servers at 0xhost.
//
// This package wires the others together and is the only one that knows all of
// them. Each subcommand has a file of its own.
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
	// The program logs with logrus. What the standard library would log of its
	// own accord are bytes that came over a connection.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Whoever asks twice wants it to end now, whatever runs: what is unfinished
	// then is found at the next start.
	context.AfterFunc(ctx, stop)
	code := execute(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
