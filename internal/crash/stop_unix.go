//go:build crashpoints && unix

package crash

import (
	"os"
	"os/signal"
	"syscall"
)

// stop stops the process until it gets a SIGCONT. It also waits for the SIGCONT
// itself, because the process may not have stopped yet when the system call
// returns.
func stop() {
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGCONT)
	defer signal.Stop(goOn)
	if err := stopSelf(); err != nil {
		panic(err)
	}
	<-goOn
}
