package slackapi

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

// An update is repeated when its outcome is unknown: repeating it does no harm.
func TestUpdate_RepeatedWhenOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"503 with HTML":  {Status: 503, Body: "<html>down</html>"},
		"reset before":   {Before: slacksim.Reset},
		"reset after":    {After: slacksim.Reset},
		"half an answer": {After: slacksim.Half},
		"internal_error": {Error: "internal_error"},
		"200 with HTML":  {Status: 200, Body: "<html>hello</html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c := newSim(t, slacksim.Config{})
			at, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "before"})
			if err != nil {
				t.Fatal(err)
			}
			server.Fail("chat.update", fault, 1)
			if err := c.Update(t.Context(), at, Message{Text: "after"}); err != nil {
				t.Fatal(err)
			}
			if shown, _ := server.Message(at.Channel, at.TS); shown.Text != "after" {
				t.Errorf("the message is %q", shown.Text)
			}
		})
	}
}

// A post whose answer was lost is not repeated, because it may have been posted.
func TestPost_NotRepeatedWhenOutcomeUnknown(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	server.Fail("chat.postMessage", slacksim.Fault{After: slacksim.Reset}, 1)
	_, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
	if ClassOf(err) != ClassUncertain {
		t.Errorf("Post: %v", err)
	}
	if n := len(server.Messages(channel)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// A post that was never sent is repeated, but not forever.
func TestPost_RepeatedWhenNeverSent(t *testing.T) {
	t.Parallel()
	_, c := newSim(t, slacksim.Config{})
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for fails, want := range map[int]int{1: 2, 100: maxTries} {
		tries := 0
		err := c.call(t.Context(), "chat.postMessage", channel, false, func(context.Context) error {
			if tries++; tries <= fails {
				return refused
			}
			return nil
		})
		if tries != want || (err == nil) != (fails == 1) {
			t.Errorf("%v after %d tries, want %d", err, tries, want)
		}
	}
}

// No error of a call contains a response_url, which lets anybody post.
func TestRespond_ErrorHoldsNoURL(t *testing.T) {
	t.Parallel()
	_, c := newSim(t, slacksim.Config{})
	for _, url := range []string{"http://127.0.0.1:1/secret", "://secret", c.cfg.APIURL + "secret"} {
		err := c.Respond(t.Context(), url, Message{Text: "hello"})
		for ; err != nil; err = errors.Unwrap(err) {
			if s := err.Error(); strings.Contains(s, "secret") {
				t.Errorf("%T says %s", err, s)
			}
		}
	}
}

// The pause grows and stays within its bounds.
func TestBackoff_StaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	for n := range 100 {
		for _, jitter := range []float64{0, 0.5, 0.999} {
			if d := Backoff(time.Second, time.Minute, n, jitter); d < time.Second/2 || d > time.Minute {
				t.Fatalf("the pause %d with %v is %s", n, jitter, d)
			}
		}
	}
}
