package testpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// process is a running server.
type process struct {
	cmd  *exec.Cmd
	log  string
	gone chan struct{} // closed when the process has ended
}

// startProcess starts the server of a cluster, and does not wait for it to be
// ready.
func startProcess(s *Server) (*process, error) {
	args := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.port.number),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
	}
	for _, set := range s.options.settings {
		args = append(args, "-c", set.name+"="+set.value)
	}
	p := &process{log: filepath.Join(s.dir, "log"), gone: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of the server: %w", err)
	}
	defer log.Close() //nolint:errcheck // the server has its own handle
	//nolint:gosec,noctx // the binary is the one that was found; Stop ends it as a server wants to be ended
	p.cmd = exec.Command(filepath.Join(s.bin, "postgres"), args...)
	s.account.run(p.cmd)
	p.cmd.Dir, p.cmd.Env = s.dir, environment()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go func() { // ends with the process, which end and kill wait for
		_ = p.cmd.Wait() // how it ended is in the log
		close(p.gone)
	}()
	return p, nil
}

// environment is ours, but for the language: one that is not installed would
// keep the server from starting.
func environment() []string { return append(os.Environ(), "LC_ALL=C") }

// end stops the server and waits until it has ended.
func (p *process) end(ctx context.Context, mode Mode) error {
	if err := p.cmd.Process.Signal(mode.signal()); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the server: %w", context.Cause(ctx))
	}
}

// kill ends a server that does not react, and waits until it has ended. Its
// children notice by themselves.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the server: %w", err)
	}
	<-p.gone
	return nil
}

// tail is how much of the log is part of an error.
const tail = 2000

// said is the end of the server's log.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-tail):])
}
