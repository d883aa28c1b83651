//go:build crashpoints && unix

package crash

import (
	"os"
	"os/signal"
	"syscall"
)

// stop freezes the process until it gets a SIGCONT. The goroutine that called
// it waits for that, because a process is not stopped yet when the call that
// stops it returns.
func stop() {
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGCONT)
	defer signal.Stop(goOn)
	if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
		panic(err)
	}
	<-goOn
}
