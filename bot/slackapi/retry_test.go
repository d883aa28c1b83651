package slackapi

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

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

// A call that was never sent, or whose repetition does no harm, is repeated at
// once, and left to the caller after a few seconds.
func TestCall_RepeatedForAFewSeconds(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for name, test := range map[string]struct {
		repeatable bool
		err        error
	}{"post, never sent": {false, refused}, "update, outcome unknown": {true, slack.SlackErrorResponse{Err: "internal_error"}}} {
		for _, jitter := range []float64{0, 0.999} {
			for _, fails := range []int{1, 1000} {
				synctest.Test(t, func(t *testing.T) {
					c, _ := newScripted()
					c.cfg.Jitter = func() float64 { return jitter }
					tries, began := 0, time.Now()
					err := c.call(t.Context(), "some.method", "", test.repeatable, func(context.Context) error {
						if tries++; tries <= fails {
							return test.err
						}
						return nil
					})
					took := time.Since(began)
					if fails == 1 && (err != nil || took > firstPause) {
						t.Errorf("%s: %v after %s", name, err, took)
					}
					if fails == 1000 && (ClassOf(err) != ClassUncertain || took > repeatFor || tries < 4 || tries > 8) {
						t.Errorf("%s: %v after %s and %d tries", name, err, took, tries)
					}
				})
			}
		}
	}
}

// A call that Slack does not answer is not repeated after a few seconds.
func TestCall_HangingIsNotRepeatedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted()
		began := time.Now()
		err := c.call(t.Context(), "some.method", "", true, func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if took := time.Since(began); err == nil || took > repeatFor+c.cfg.CallTimeout {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// No error of a call contains a response_url, which lets anybody post.
func TestRespond_ErrorHoldsNoURL(t *testing.T) {
	t.Parallel()
	_, c := newSim(t, slacksim.Config{})
	for _, url := range []string{"http://127.0.0.1:1/secret", "://secret", c.cfg.APIURL + "secret"} {
		err := c.Respond(t.Context(), url, "", Message{Text: "hello"})
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

// A caller that repeats calls itself gets each failure at once.
func TestCall_OnceIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted()
		tries := 0
		err := c.call(Once(t.Context()), "some.method", "", true, func(context.Context) error {
			tries++
			return slack.SlackErrorResponse{Err: "internal_error"}
		})
		if ClassOf(err) != ClassUncertain || tries != 1 {
			t.Errorf("%v after %d tries", err, tries)
		}
	})
}
