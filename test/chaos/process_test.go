package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// stopTime is how long the program may take to end after SIGTERM.
const stopTime = 10 * time.Second

// process is one run of the program.
type process struct {
	cmd     *exec.Cmd
	started time.Time
	log     string        // path of what it logged
	ended   chan struct{} // closed when it has
	at      time.Time     // when it ended
	err     error         // of Wait
}

// start runs the program on the world's database. Env is added to the world's.
func (w *world) start(t *testing.T, env ...string) *process {
	t.Helper()
	bin, err := mortal()
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
	p.cmd.Env, p.cmd.Stderr, p.cmd.Dir, p.cmd.SysProcAttr = append(w.env(), env...), out, w.dir, mortalAttributes()
	running := make(chan error)
	w.owned.Go(func() {
		// The kernel takes the end of this thread for the end of the parent.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		running <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
		p.at = time.Now()
		_ = out.Close() // nothing is written any more
		close(p.ended)
	})
	if err := <-running; err != nil {
		t.Fatalf("start: %v", err)
	}
	w.note(func() { w.starts = append(w.starts, p.started) })
	return p
}

func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) } // it may have ended by itself

// died says whether the process has ended, and how.
func (p *process) died() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// killed says whether SIGKILL ended it, ours or its own.
func (p *process) killed() bool { return endedBy(p.cmd.ProcessState, syscall.SIGKILL) }

func endedBy(p *os.ProcessState, s syscall.Signal) bool {
	status, ok := p.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}

// end waits for the process, which was told to go.
func (w *world) end(p *process, within time.Duration) error {
	select {
	case <-p.ended:
	case <-time.After(within):
		p.signal(syscall.SIGQUIT) // it says where it hangs
		<-p.ended
		return fmt.Errorf("it did not end within %s", within)
	}
	w.note(func() { w.deaths = append(w.deaths, p.at) })
	// SIGTERM ends by itself a process that has just begun and does not listen yet.
	if p.err != nil && !p.killed() && !endedBy(p.cmd.ProcessState, syscall.SIGTERM) {
		return fmt.Errorf("it ended with %w", p.err)
	}
	return nil
}

// tail gives the last lines that a process logged.
func (p *process) tail() string {
	const most = 8000
	log, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-most):])
}
