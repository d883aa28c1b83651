package testpg

import (
	"fmt"
	"io"
	"os/exec"
	"time"
)

// guard is a process that cleans up when we close it or die: it waits for the
// end of its input, which the kernel brings about in either case.
type guard struct {
	cmd   *exec.Cmd
	input io.Closer
}

// waitForEnd is how every guard's script begins. Nobody but us ends it.
const waitForEnd = "trap '' HUP INT TERM; cat >/dev/null; "

// startGuard starts a guard that runs script, with args as $1 and so on.
func startGuard(script string, args ...string) (*guard, error) {
	//nolint:gosec,noctx // the scripts are ours, and it has to outlive every context
	cmd := exec.Command("/bin/sh", append([]string{"-c", waitForEnd + script, "testpg-guard"}, args...)...)
	(*account)(nil).run(cmd)
	cmd.Dir = "/"
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	return &guard{cmd: cmd, input: input}, nil
}

// cleanUpTimeout is how long a guard may take for its script.
const cleanUpTimeout = time.Minute

// close has the guard clean up, and waits until it has.
func (g *guard) close() error {
	late := time.AfterFunc(cleanUpTimeout, func() { _ = g.cmd.Process.Kill() }) // Wait tells
	defer late.Stop()
	_ = g.input.Close() // if it is gone already, Wait tells
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	return nil
}
