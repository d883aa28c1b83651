//go:build chaos

package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stopTime is the longest that the program may take to end after SIGTERM.
const stopTime = 10 * time.Second

// process is one run of the program.
type process struct {
	cmd     *exec.Cmd
	started time.Time
	log     string        // path of its log
	ended   chan struct{} // closed when it has ended
	endedAt time.Time
	err     error // from Wait
}

// start runs the program on the world's database. env is added to the world's.
func (w *world) start(t *testing.T, env ...string) *process {
	t.Helper()
	bin, err := crashBinary()
	if err != nil {
		t.Fatal(err)
	}
	w.runs++
	p := &process{log: filepath.Join(w.dir, fmt.Sprintf("run-%d.log", w.runs)), ended: make(chan struct{}), started: time.Now()}
	out, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.CommandContext(w.ctx, bin, "serve")
	p.cmd.Env, p.cmd.Stderr, p.cmd.Dir, p.cmd.SysProcAttr = append(w.env(), env...), out, w.dir, endWithParent()
	running := make(chan error)
	w.goroutines.Go(func() {
		// To the kernel, the end of this thread is the end of the parent.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		running <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
		p.endedAt = time.Now()
		_ = out.Close() // nothing more is written
		close(p.ended)
	})
	if err := <-running; err != nil {
		t.Fatalf("start: %v", err)
	}
	w.locked(func() { w.startTimes = append(w.startTimes, p.started) })
	return p
}

func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) } // it may have ended

// died reports whether the process has ended.
func (p *process) died() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// stopped reports whether a signal has stopped the process. On systems without
// /proc it is always true.
func (p *process) stopped() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ") // after the name of the program
	return strings.HasPrefix(state, "T")
}

// killed reports whether SIGKILL ended the process, whether the test or the
// process itself sent it.
func (p *process) killed() bool { return endedBy(p.cmd.ProcessState, syscall.SIGKILL) }

func endedBy(p *os.ProcessState, s syscall.Signal) bool {
	status, ok := p.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}

// end waits for the end of a process that was told to stop.
func (w *world) end(p *process, within time.Duration) error {
	select {
	case <-p.ended:
	case <-time.After(within):
		p.signal(syscall.SIGQUIT) // prints where it hangs
		<-p.ended
		return fmt.Errorf("it did not end within %s", within)
	}
	w.locked(func() {
		w.deathTimes = append(w.deathTimes, p.endedAt)
		w.ends[p.log] = p.endedAt
	})
	// SIGTERM kills a process that has just started and does not handle it yet.
	if p.err != nil && !p.killed() && !endedBy(p.cmd.ProcessState, syscall.SIGTERM) {
		return fmt.Errorf("it ended with %w", p.err)
	}
	return nil
}

// tail returns the last lines of a process's log.
func (p *process) tail() string {
	const most = 8000
	log, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-most):])
}
