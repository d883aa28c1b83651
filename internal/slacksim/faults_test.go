package slacksim_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// post posts "x" to the channel.
func post(t *testing.T, s *slacksim.Server, channel string) error {
	t.Helper()
	return postWith(within(t), s, channel)
}

func postWith(ctx context.Context, s *slacksim.Server, channel string) error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	api := slack.New(s.BotToken(), slack.OptionAPIURL(s.APIURL()), slack.OptionHTTPClient(&http.Client{Transport: transport}))
	_, _, err := api.PostMessageContext(ctx, channel, slack.MsgOptionText("x", false))
	return err
}

// postAndLeave posts "x" with a client that disconnects when arrived returns.
func postAndLeave(t *testing.T, s *slacksim.Server, arrived func()) error {
	t.Helper()
	ctx, leave := context.WithCancel(within(t))
	defer leave()
	left := make(chan error, 1)
	go func() { left <- postWith(ctx, s, "C0OPS") }()
	arrived()
	leave()
	return <-left
}

// Each kind of fault happens as often as it was set, before or after the
// call.
func TestFault_EachKind(t *testing.T) {
	rateLimited := func(err error) bool { _, ok := errors.AsType[*slack.RateLimitedError](err); return ok }
	status := func(want int) func(error) bool {
		return func(err error) bool {
			e, ok := errors.AsType[slack.StatusCodeError](err)
			return ok && e.Code == want
		}
	}
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	reset, eof, left := is(syscall.ECONNRESET), is(io.EOF), is(context.Canceled)
	for _, c := range []struct {
		name   string
		fault  slacksim.Fault
		want   func(error) bool
		posted int
	}{
		{"reset before", slacksim.Fault{Before: slacksim.Reset}, reset, 0},
		{"reset after", slacksim.Fault{After: slacksim.Reset}, reset, 1},
		{"eof before", slacksim.Fault{Before: slacksim.EOF}, eof, 0},
		{"eof after", slacksim.Fault{After: slacksim.EOF}, eof, 1},
		{"hang before", slacksim.Fault{Before: slacksim.Hang}, left, 0},
		{"hang after", slacksim.Fault{After: slacksim.Hang}, left, 1},
		{"half an answer", slacksim.Fault{After: slacksim.Half}, is(io.ErrUnexpectedEOF), 1},
		{"500", slacksim.Fault{Status: 500}, status(500), 0},
		{"502 with HTML after it was done", slacksim.Fault{After: slacksim.Answer, Status: 502, Body: "<html>"}, status(502), 1},
		{"HTML with 200", slacksim.Fault{Body: "<html>oops</html>"}, func(err error) bool { return err != nil }, 0},
		{"429", slacksim.Fault{RetryAfter: 1500 * time.Millisecond}, func(err error) bool {
			e, ok := errors.AsType[*slack.RateLimitedError](err)
			return ok && e.RetryAfter == 2*time.Second
		}, 0},
		{"429 by status", slacksim.Fault{Status: 429}, rateLimited, 0},
		{"429 without Retry-After", slacksim.Fault{NoRetryAfter: true}, status(429), 0},
		{"error code", slacksim.Fault{Error: "is_archived"}, func(err error) bool { return code(err) == "is_archived" }, 0},
		{"done, but the answer is an error", slacksim.Fault{After: slacksim.Answer, Error: "fatal_error"},
			func(err error) bool { return code(err) == "fatal_error" }, 1},
		{"delay", slacksim.Fault{Delay: 20 * time.Millisecond}, is(nil), 1},
		{"other channel", slacksim.Fault{Channel: "C0OTHER", Status: 500}, is(nil), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, slacksim.Config{})
			s.Fail("chat.postMessage", c.fault, 1)
			first := func() error { return post(t, s, "C0OPS") }
			if c.fault.Before == slacksim.Hang || c.fault.After == slacksim.Hang {
				first = func() error {
					return postAndLeave(t, s, func() {
						if _, err := s.WaitCall(within(t), "chat.postMessage", func(slacksim.Call) bool { return true }); err != nil {
							t.Error(err)
						}
					})
				}
			}
			if err := first(); !c.want(err) {
				t.Errorf("error %v (%T)", err, err)
			}
			if n := len(s.Messages("C0OPS")); n != c.posted {
				t.Errorf("%d messages, want %d", n, c.posted)
			}
			if err := post(t, s, "C0OPS"); err != nil {
				t.Errorf("the fault happened again: %v", err)
			}
		})
	}
}

// A delayed call is done even if the client has disconnected meanwhile.
func TestFault_DelayedCallIsDone(t *testing.T) {
	t.Parallel() // it waits
	s := start(t, slacksim.Config{})
	s.Fail("chat.postMessage", slacksim.Fault{Delay: 2 * time.Second}, 1)
	arrived := func() { until(t, "there", func() bool { return s.SentContains("C0OPS") }) }
	if err := postAndLeave(t, s, arrived); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := s.WaitMessage(within(t), "C0OPS", func(slacksim.Message) bool { return true }); err != nil {
		t.Error(err)
	}
}

// Faults happen in the order in which they were set, until they are used up
// or cleared.
func TestFail_InOrderUntilClear(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.Fail("chat.postMessage", slacksim.Fault{Error: "first"}, 2)
	s.Fail("chat.postMessage", slacksim.Fault{Error: "then"}, -1)
	for _, want := range []string{"first", "first", "then", "then", "then"} {
		if got := code(post(t, s, "C0OPS")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	s.Clear("chat.postMessage")
	if err := post(t, s, "C0OPS"); err != nil {
		t.Error(err)
	}
	s.Fail("chat.postMessage", slacksim.Fault{Error: "x"}, -1)
	s.Clear("")
	if err := post(t, s, "C0OPS"); err != nil {
		t.Error(err)
	}
}

// A fault for one channel does not affect the others.
func TestFault_OneChannelOnly(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddChannel(slacksim.Channel{ID: "C0DEV"})
	s.Join("C0DEV", s.BotUserID())
	s.Fail("chat.postMessage", slacksim.Fault{Channel: "C0DEV", Error: "ekm_access_denied"}, -1)
	if err := post(t, s, "C0OPS"); err != nil {
		t.Error(err)
	}
	if got := code(post(t, s, "C0DEV")); got != "ekm_access_denied" {
		t.Errorf("got %q", got)
	}
}

// A fault for threads does not affect other messages, and OnCall gets the calls
// that fail too.
func TestFault_InThreadOnly(t *testing.T) {
	var calls []slacksim.Call // the calls of this test do not overlap
	s := start(t, slacksim.Config{NoRecord: true, OnCall: func(c slacksim.Call) { calls = append(calls, c) }})
	s.Fail("chat.postMessage", slacksim.Fault{InThread: true, Error: "internal_error"}, -1)
	if err := post(t, s, "C0OPS"); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	api := slack.New(s.BotToken(), slack.OptionAPIURL(s.APIURL()), slack.OptionHTTPClient(&http.Client{Transport: transport}))
	_, _, err := api.PostMessageContext(within(t), "C0OPS", slack.MsgOptionText("x", false), slack.MsgOptionTS(s.Messages("C0OPS")[0].TS))
	if got := code(err); got != "internal_error" {
		t.Errorf("in the thread: got %q", got)
	}
	if len(calls) != 2 || !calls[0].Done || calls[1].Done || calls[1].Args["thread_ts"] == "" {
		t.Errorf("OnCall got %+v", calls)
	}
}
