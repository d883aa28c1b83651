package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// program is one of the two programs that are compared.
type program struct {
	name string
	path string // path of the binary
	args []string
}

// programs are extendbot and the minimal one.
type programs struct{ extendbot, bare program }

func (p programs) all() []program { return []program{p.extendbot, p.bare} }

// buildAll builds both programs from the module in the current folder.
func buildAll(ctx context.Context, dir string) (programs, error) {
	all := programs{
		extendbot: program{name: "extendbot", path: filepath.Join(dir, "extendbot"), args: []string{"serve"}},
		bare:      program{name: "bare", path: filepath.Join(dir, "bare")},
	}
	for _, b := range []struct{ out, pkg string }{
		{all.extendbot.path, "extendbot/cmd/extendbot"},
		{all.bare.path, "extendbot/bench/bare"},
	} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.out, b.pkg) //nolint:gosec // fixed names
		if out, err := build.CombinedOutput(); err != nil {
			return programs{}, fmt.Errorf("build %s: %w\n%s", b.pkg, err, out)
		}
	}
	return all, nil
}

// process is a running program.
type process struct {
	name    string
	cmd     *exec.Cmd
	log     *os.File
	started time.Time
	ended   chan struct{} // closed when it has ended
	err     error         // how it ended; read after ended
}

// stopTimeout is how long a program may take to end.
const stopTimeout = 10 * time.Second

// start runs the program with only these settings in its environment. The
// program is killed when ctx ends. Its output goes to a file in dir.
func (p program) start(ctx context.Context, dir string, settings map[string]string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(dir, p.name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, p.path, p.args...) //nolint:gosec // built above
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = []string{}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	run := &process{name: p.name, cmd: cmd, log: log, started: time.Now(), ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() { // ends with the process; stop and kill wait for it
		run.err = cmd.Wait()
		close(run.ended)
	}()
	return run, nil
}

// stop sends a SIGTERM and waits until the process has ended.
func (p *process) stop() error {
	select {
	case <-p.ended:
		return p.died()
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have just ended
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("%s did not end within %s", p.name, stopTimeout), p.kill())
	}
	return errors.Join(p.err, p.log.Close())
}

// kill kills the process. It may be called after stop.
func (p *process) kill() error {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
	if err := p.log.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// died returns an error for a process that ended by itself, with its last
// output.
func (p *process) died() error {
	const tail = 2000
	said, _ := os.ReadFile(p.log.Name()) // without it, the error contains less
	if len(said) > tail {
		said = said[len(said)-tail:]
	}
	return errors.Join(fmt.Errorf("%s ended by itself: %w\n%s", p.name, p.err, said), p.log.Close())
}
