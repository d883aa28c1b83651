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
)

func main() {
	// The program logs with logrus. The standard library's own log lines may
	// contain bytes from a connection.
	log.SetOutput(io.Discard)
	ctx, stop := withSignals(context.Background())
	code := execute(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
