//go:build unix

package demo

import (
	"io"
	"syscall"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// A bot that hangs does not keep the demo from stopping it, and from starting it again.
func TestProcess_StopsWhatHangs(t *testing.T) {
	t.Parallel()
	s, err := newSession(slacksim.Config{}, io.Discard, stage.NewClock(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	hung := s.bot
	hung.patience = 1
	if err := hung.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.restart(); err == nil {
		t.Error("nobody hears that the bot did not stop")
	}
	if s.bot == nil || s.bot == hung {
		t.Error("the bot does not run")
	}
}
