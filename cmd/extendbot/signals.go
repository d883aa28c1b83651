package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// stopSignal is the signal that stops the program, as the cause of a context.
type stopSignal string

// Error names the signal.
func (s stopSignal) Error() string { return "signal " + string(s) }

// stopSignals are the signals that stop the program. A terminal that is closed sends SIGHUP.
var stopSignals = map[os.Signal]stopSignal{os.Interrupt: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "SIGHUP"}

// withSignals returns a context that ends at one of stopSignals, with a [stopSignal] as its
// cause. It does not end at a SIGHUP that nohup ignores. From then on the signals do what
// they do by default, so that a second one ends the process at once: the next start finds
// unfinished work. stop does the same without a signal.
func withSignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	var stops []func()
	for sig, name := range stopSignals {
		if sig == syscall.SIGHUP && signal.Ignored(sig) {
			continue
		}
		received, release := signal.NotifyContext(ctx, sig)
		context.AfterFunc(received, func() { cancel(name) })
		stops = append(stops, release)
	}
	stop = func() {
		cancel(context.Canceled)
		for _, release := range stops {
			release()
		}
	}
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
