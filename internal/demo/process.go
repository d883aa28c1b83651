package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"extendbot/internal/service"
	"extendbot/internal/stage"
)

// process is a running bot.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	log   *tail
	ready signal        // it is connected and has read the balances
	ended chan struct{} // closed when it has ended
	err   error         // how it ended, valid after ended is closed

	stopping atomic.Bool // it ends because the demo wants it
	// patience is how long it may take to stop. After that it is killed.
	patience time.Duration
}

// signal is a channel that is closed once.
type signal struct {
	once *sync.Once
	c    chan struct{}
}

func newSignal() signal { return signal{&sync.Once{}, make(chan struct{})} }

func (s signal) raise() { s.once.Do(func() { close(s.c) }) }

// Write raises the signal.
func (s signal) Write(p []byte) (int, error) {
	s.raise()
	return len(p), nil
}

// startProcess starts this program again, as the bot, with these settings and nothing else
// of this process's environment. The bot ends when this process does. If it ends by itself,
// crashed is called with how that happened.
func startProcess(env map[string]string, clock *stage.Clock, log io.Writer, crashed func(error)) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the bot cannot be started: %w", err)
	}
	p := &process{log: &tail{log: log}, ready: newSignal(), ended: make(chan struct{}), patience: stopPatience}
	p.cmd = exec.Command(program, BotCommand) //nolint:gosec,noctx // it is this program; stop and kill end it
	p.cmd.Env = append(stage.Environ(env), clockAhead+"="+clock.Ahead().String())
	p.cmd.Stdout, p.cmd.Stderr = p.ready, p.log
	p.cmd.WaitDelay = patience // for its log
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("the bot cannot be started: %w", err)
	}
	go func() { // stop and kill wait for it
		defer close(p.ended)
		p.err = p.cmd.Wait()
		if !p.stopping.Load() {
			crashed(p.problem("the bot ended"))
		}
	}()
	return p, nil
}

// problem says what happened, how the process ended, and what it logged last.
func (p *process) problem(what string) error {
	err := errors.New(what)
	if p.err != nil {
		err = fmt.Errorf("%s (%w)", what, p.err)
	}
	if lines := p.log.last(); lines != "" {
		err = fmt.Errorf("%w. Its log ends with\n%s", err, lines)
	}
	return err
}

// waitReady waits until the bot is connected and has read the balances.
func (p *process) waitReady() error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.ready.c:
		return nil
	case <-p.ended:
		return p.problem("the bot ended during its start")
	case <-late.C:
		return errors.Join(fmt.Errorf("the bot was not connected to Slack and 0xhost within %s", patience), p.stop())
	}
}

// stopPatience is how long the demo waits for a bot that stops: longer than it may take.
const stopPatience = service.StopTimeout + 6*time.Second

// stop stops the bot, which finishes what it has begun. One that hangs is killed.
func (p *process) stop() error {
	p.stopping.Store(true)
	_ = p.stdin.Close() // it may have ended
	late := time.NewTimer(p.patience)
	defer late.Stop()
	select {
	case <-p.ended:
		return p.err
	case <-late.C:
		p.kill()
		return fmt.Errorf("the bot did not stop within %s, and was killed", p.patience)
	}
}

// kill ends the bot at once, as kill -9 does.
func (p *process) kill() {
	p.stopping.Store(true)
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
	_ = p.stdin.Close()
}

// tail passes a log on, and keeps its end.
type tail struct {
	log io.Writer

	mu   sync.Mutex
	kept []byte
}

// maxTail is how many bytes of a log are kept, at least.
const maxTail = 1500

// Write adds to the log.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*maxTail {
		t.kept = append([]byte(nil), t.kept[len(t.kept)-maxTail:]...)
	}
	t.mu.Unlock()
	return t.log.Write(p)
}

// last returns the last lines.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := t.kept
	if len(end) > maxTail { // begin with a whole line
		_, end, _ = bytes.Cut(end[len(end)-maxTail:], []byte("\n"))
	}
	return string(bytes.TrimSpace(end))
}
