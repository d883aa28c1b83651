package slackapi

import (
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// modal returns a modal with a field for a text.
func modal() slack.ModalViewRequest {
	plain := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject("plain_text", text, false, false)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "why", Title: plain("Decline"), Submit: plain("Send"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("reason", plain("Reason"), nil, slack.NewPlainTextInputBlockElement(nil, "reason")),
		}},
	}
}

// trigger returns the trigger_id of a command, although no bot is connected.
func trigger(t *testing.T, server *slacksim.Server) string {
	t.Helper()
	d, _ := server.Command(t.Context(), slacksim.SlashCommand{User: "U0ALICE", Channel: channel, Command: "/extend"})
	return d.TriggerID
}

// A view opens once with a trigger_id, for the person who caused it. Slack's code
// says that the trigger_id is no good.
func TestOpenView_OnceWithATrigger(t *testing.T) {
	t.Parallel()
	now := time.Now()
	server, c := newSim(t, slacksim.Config{Now: func() time.Time { return now }})
	id := trigger(t, server)
	if _, err := c.OpenView(t.Context(), id, modal()); err != nil {
		t.Fatal(err)
	}
	if open := server.Views("U0ALICE"); len(open) != 1 || open[0].CallbackID != "why" {
		t.Errorf("open are %+v", open)
	}
	for _, want := range []struct{ trigger, code string }{
		{id, "exchanged_trigger_id"}, {"1.2.x", "invalid_trigger_id"}, {trigger(t, server), "expired_trigger_id"},
	} {
		if want.code == "expired_trigger_id" {
			now = now.Add(triggerLife + time.Millisecond)
		}
		_, err := c.OpenView(t.Context(), want.trigger, modal())
		if CodeOf(err) != want.code || ClassOf(err) != ClassOther || LabelOf(err) != want.code {
			t.Errorf("got %v, want %s", err, want.code)
		}
	}
}

// The call is not repeated when Slack may have got it: the trigger_id may be used
// up.
func TestOpenView_NotRepeatedAfterItWasSent(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"reset": {After: slacksim.Reset}, "503": {Status: 503}, "internal_error": {Error: "internal_error"}, "HTML": {Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c := newSim(t, slacksim.Config{})
			server.Fail("views.open", fault, 1)
			if _, err := c.OpenView(t.Context(), trigger(t, server), modal()); ClassOf(err) != ClassUncertain {
				t.Errorf("got %v", err)
			}
			if n := len(server.Calls("views.open")); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

// OpenView ends within the three seconds in which a trigger_id counts, however
// Slack fails.
func TestOpenView_EndsWithTheTrigger(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slack http.RoundTripper
		ok    bool
	}{
		"429 for a second":    {&answers{list: []func(http.ResponseWriter){tooMany("1"), says(`{"ok":true,"view":{"id":"V1"}}`)}}, true},
		"429 for a minute":    {&answers{list: []func(http.ResponseWriter){tooMany("60")}}, false},
		"429 again and again": {&answers{list: []func(http.ResponseWriter){tooMany("1")}}, false},
		"no view":             {&answers{list: []func(http.ResponseWriter){says(`{"ok":true}`)}}, false},
		"no answer":           {noAnswer{}, false},
		"no connection":       {noConnection{}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := newScripted()
			c.transport.client.Transport = test.slack
			began := time.Now()
			_, err := c.OpenView(t.Context(), "1.2.x", modal())
			if took := time.Since(began); (err == nil) != test.ok || took > triggerLife {
				t.Errorf("%s: %v after %s", name, err, took)
			}
		})
	}
}

// An update replaces what a modal shows, and keeps what was typed into it. It is repeated
// if Slack fails, and says so if the modal was closed.
func TestUpdateView_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	id, err := c.OpenView(t.Context(), trigger(t, server), modal())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Choose(t.Context(), "U0ALICE", id, "reason", "because"); err != nil {
		t.Fatal(err)
	}
	other := modal()
	other.Title = slack.NewTextBlockObject("plain_text", "Other", false, false)
	server.Fail("views.update", slacksim.Fault{Status: 503}, 1)
	if err := c.UpdateView(t.Context(), id, other); err != nil {
		t.Fatal(err)
	}
	if open := server.Views("U0ALICE"); len(open) != 1 || open[0].Title != "Other" || fmt.Sprint(open[0].State) != "map[reason:map[reason:map[type:plain_text_input value:because]]]" {
		t.Errorf("open are %+v", open)
	}
	if _, err := server.CloseView(t.Context(), "U0ALICE", id); err != nil {
		t.Fatal(err)
	}
	if err := c.UpdateView(t.Context(), id, other); CodeOf(err) != "not_found" {
		t.Errorf("got %v", err)
	}
}

// noAnswer is a Slack that never answers.
type noAnswer struct{}

// RoundTrip implements [http.RoundTripper].
func (noAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// noConnection is a Slack that cannot be reached.
type noConnection struct{}

// RoundTrip implements [http.RoundTripper].
func (noConnection) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}
