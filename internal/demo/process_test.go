package demo

import (
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// newTestSession starts a session that the test ends.
func newTestSession(t *testing.T) *session {
	t.Helper()
	s, err := newSession(slacksim.Config{}, io.Discard, &stage.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() }) // some tests end the bot
	return s
}

// The bot gets its settings and the clock, and nothing else that this process knows.
func TestProcess_Environment(t *testing.T) {
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-of-the-user")
	t.Setenv("HTTPS_PROXY", "http://proxy.example.com")
	s := newTestSession(t)
	want := append(stage.Environ(s.env), clockAhead+"=0s")
	if got := s.bot.cmd.Env; !slices.Equal(got, want) {
		t.Errorf("the bot's environment is %q", got)
	}
}

// A bot that ends during its start is an error that has the end of its log.
func TestProcess_EndsDuringItsStart(t *testing.T) {
	t.Parallel()
	crashed := make(chan error, 1)
	p, err := startProcess(map[string]string{"SLACK_BOT_TOKEN": "wrong"}, &stage.Clock{}, io.Discard, func(err error) { crashed <- err })
	if err != nil {
		t.Fatal(err)
	}
	err = p.waitReady()
	for _, want := range []string{"ended during its start (exit status 1)", "SLACK_APP_TOKEN"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing: %v", want, err)
		}
	}
	if err := <-crashed; err == nil {
		t.Error("nothing was reported")
	}
}

// ^C in a terminal reaches the bot, too. It stops with the demo, not because of that; a
// SIGTERM stops it.
func TestProcess_Signals(t *testing.T) {
	t.Parallel()
	s := newTestSession(t)
	for range 3 { // the second one would end a program that restores the default
		if err := s.bot.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Slack.Command(t.Context(), slacksim.SlashCommand{User: stage.Alice, Channel: stage.Ops, Command: "/extend", Text: "help"}); err != nil {
			t.Fatalf("after an interrupt: %v, %+v", err, d)
		}
	}
	if err := s.bot.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.crashed.c
	if err := s.crashError(); err == nil || !strings.Contains(err.Error(), "the bot ended") || strings.Contains(err.Error(), "killed") {
		t.Errorf("it ended with %v", err)
	}
	if err := s.bot.stop(); err != nil {
		t.Errorf("SIGTERM ended it with %v", err)
	}
}

// The end of a log begins with a whole line, however much was logged.
func TestTail_LastLines(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	log := &tail{log: &all}
	if got := log.last(); got != "" {
		t.Errorf("an empty log ends with %q", got)
	}
	for range 1000 {
		_, _ = io.WriteString(log, "one whole line\n")
	}
	for line := range strings.SplitSeq(log.last(), "\n") {
		if line != "one whole line" {
			t.Errorf("it has the line %q", line)
		}
	}
	if n := len(log.last()); n < maxTail/2 || n > maxTail || all.Len() != 15_000 {
		t.Errorf("%d bytes are kept, %d passed on", n, all.Len())
	}
}

// A page cannot be where another program is.
func TestListen_PortInUse(t *testing.T) {
	t.Parallel()
	listener, err := listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	addr := listener.Addr().String()
	if _, err := listen(addr); err == nil || !strings.Contains(err.Error(), addr+", which another program uses") {
		t.Errorf("it ended with %v", err)
	}
}
