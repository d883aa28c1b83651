//go:build crashpoints

package crash

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// The environment variables.
const (
	// killVariable is the name of a point. After a colon, it may contain a number
	// n: the process dies when it reaches the point for the nth time (default: the
	// first). After another colon, "stop" stops the process with SIGSTOP instead,
	// until it gets a SIGCONT.
	killVariable = "EXTENDBOT_CRASH"
	// traceVariable is the path of a file. The name of each point is written to it, one
	// per line, before anything else happens at the point.
	traceVariable = "EXTENDBOT_CRASH_TRACE"
)

// plan returns the instructions from the environment. They are read at the first
// point.
var plan = sync.OnceValue(readPlan)

// crashPlan is the instructions from the environment.
type crashPlan struct {
	point string
	at    int      // the visit of the point at which to act, from 1
	stop  bool     // stop instead of dying
	trace *os.File // nil without a trace

	mu      sync.Mutex
	reached int // how often the point was reached
}

func readPlan() *crashPlan {
	p := parse(os.Getenv(killVariable))
	if path := os.Getenv(traceVariable); path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // a test names the path
		if err != nil {
			panic(fmt.Sprintf("%s: %v", traceVariable, err))
		}
		p.trace = f
	}
	return p
}

// parse parses "name", "name:nth", "name:stop" or "name:nth:stop".
func parse(text string) *crashPlan {
	p := &crashPlan{at: 1}
	rest, stop := strings.CutSuffix(text, ":stop")
	name, nth, counted := strings.Cut(rest, ":")
	p.point, p.stop = name, stop
	if !counted {
		return p
	}
	n, err := strconv.Atoi(nth)
	if err != nil || n < 1 {
		panic(fmt.Sprintf("%s: %q is not a count", killVariable, nth))
	}
	p.at = n
	return p
}

// Point kills or stops the process if EXTENDBOT_CRASH is the name of the point: area,
// what and moment, separated by dots.
func Point(area, what, moment string) {
	p := plan()
	name := area + "." + what + "." + moment
	if p.trace != nil {
		if _, err := p.trace.WriteString(name + "\n"); err != nil {
			panic(fmt.Sprintf("%s: %v", traceVariable, err))
		}
	}
	if name != p.point {
		return
	}
	p.mu.Lock()
	p.reached++
	switch {
	case p.reached != p.at:
		p.mu.Unlock()
	case p.stop:
		p.mu.Unlock()
		stop()
	default:
		die() // still holds the lock, so that no other goroutine passes the point
	}
}

// die kills the process with SIGKILL. It does not return.
func die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}
