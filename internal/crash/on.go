//go:build crashpoints

package crash

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// The variables of the environment.
const (
	// killVariable holds the name of a point, behind a colon at which time of
	// reaching it the process dies (without one, at the first), and behind
	// another one "stop" if it is not to die: it stops itself with SIGSTOP, as
	// if it had been frozen, and goes on from there after a SIGCONT.
	killVariable = "EXTENDBOT_CRASH"
	// traceVariable holds the path of a file that gets a line with the name of
	// each point when it is reached, before anything else happens there.
	traceVariable = "EXTENDBOT_CRASH_TRACE"
)

// plan is what the environment wants; it is read when the first point is
// reached.
var plan = sync.OnceValue(readPlan)

type points struct {
	kill  string
	at    int
	stop  bool
	trace *os.File // nil: none

	mu      sync.Mutex
	reached int // how often kill was
}

func readPlan() *points {
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

// parse reads "name", "name:nth", "name:stop" or "name:nth:stop".
func parse(text string) *points {
	p := &points{at: 1}
	rest, stop := strings.CutSuffix(text, ":stop")
	name, nth, counted := strings.Cut(rest, ":")
	p.kill, p.stop = name, stop
	if !counted {
		return p
	}
	n, err := strconv.Atoi(nth)
	if err != nil || n < 1 {
		panic(fmt.Sprintf("%s: %q is no count", killVariable, nth))
	}
	p.at = n
	return p
}

// Point kills or stops the process if EXTENDBOT_CRASH names the point: area,
// what and moment with dots between.
func Point(area, what, moment string) {
	p := plan()
	name := area + "." + what + "." + moment
	if p.trace != nil {
		if _, err := p.trace.WriteString(name + "\n"); err != nil {
			panic(fmt.Sprintf("%s: %v", traceVariable, err))
		}
	}
	if name != p.kill {
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
		die() // with the lock: nobody passes the point any more
	}
}

// die ends the process as SIGKILL does, and does not return.
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
