package trial

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// pressing is one Press that runs.
type pressing struct {
	*testing.T

	server *slacksim.Server
	card   slacksim.Message
	result chan error
}

// press starts a Press, and waits until its card is there.
func press(ctx context.Context, t *testing.T) *pressing {
	t.Helper()
	server, api := newSim(t, slacksim.Config{RefreshGrace: time.Minute})
	p := &pressing{T: t, server: server, result: make(chan error, 1)}
	shown, end := context.WithCancelCause(t.Context())
	waits := make(chan struct{})
	go func() {
		_, err := Press(ctx, api, alice, time.Hour, func() { close(waits) })
		end(err)
		p.result <- err
	}()
	select {
	case <-waits:
		p.card = server.Messages(server.DirectChannel(alice))[0]
	case <-shown.Done():
		t.Fatal(context.Cause(shown))
	}
	return p
}

// click presses the button of the card.
func (p *pressing) click() {
	p.Helper()
	click := slacksim.Click{User: alice, Channel: p.card.Channel, TS: p.card.TS, ActionID: actionPress}
	if _, err := p.server.Click(p.Context(), click); err != nil {
		p.Error(err)
	}
}

// wantEnded fails unless the card says this and has no button.
func (p *pressing) wantEnded(text string) {
	p.Helper()
	shown, _ := p.server.Message(p.card.Channel, p.card.TS)
	if !strings.Contains(shown.Flat(), text) || blockkit.Buttons(shown.Blocks) != nil {
		p.Errorf("the card says %q", shown.Flat())
	}
	if all := p.server.Messages(p.card.Channel); len(all) != 1 {
		p.Errorf("there are %d messages", len(all))
	}
}

// The press of the button is acked, and the card has no button anymore.
func TestPress_Arrives(t *testing.T) {
	t.Parallel()
	p := press(t.Context(), t)
	p.click()
	if err := <-p.result; err != nil {
		t.Error(err)
	}
	p.wantEnded("your press arrived")
	if err := p.server.WaitConnections(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

// Slack may renew the connection while the person reads the card.
func TestPress_AfterRenewal(t *testing.T) {
	t.Parallel()
	p := press(t.Context(), t)
	old := p.server.Connections()[0]
	old.Disconnect(slacksim.ReasonRefresh)
	<-old.Closed()
	if err := p.server.WaitConnections(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	p.click()
	if err := <-p.result; err != nil {
		t.Error(err)
	}
	p.wantEnded("your press arrived")
}

// What else Slack sends meanwhile is not swallowed: a command has an answer that says why
// it did nothing, and all else gets no ack, so that Slack says so or sends it again.
func TestPress_OtherEnvelopes(t *testing.T) {
	t.Parallel()
	p := press(t.Context(), t)
	answered, err := p.server.Command(t.Context(), slacksim.SlashCommand{User: alice, Channel: p.card.Channel, Command: "/extend", Text: "web-1 3"})
	if err != nil || !strings.Contains(string(answered.Payload), "Try again in a few minutes") {
		t.Errorf("%s, %v", answered.Payload, err)
	}
	sent, cancel := context.WithCancel(t.Context())
	cancel() // the envelope is sent all the same, and nobody waits for its ack
	click := slacksim.Click{User: alice, Channel: p.card.Channel, TS: p.card.TS, ActionID: actionPress}
	if _, err := p.server.ClickRaw(sent, click, "of another run"); !errors.Is(err, context.Canceled) {
		t.Errorf("another button: %v", err)
	}
	if _, err := p.server.Event(sent, map[string]any{"type": "app_home_opened", "user": alice}); !errors.Is(err, context.Canceled) {
		t.Errorf("an event: %v", err)
	}
	p.click()
	if err := <-p.result; err != nil {
		t.Error(err)
	}
	if acks := p.server.Acks(); acks != (slacksim.AckStats{Accepted: 2}) {
		t.Errorf("acks of other envelopes than the command and the press: %+v", acks)
	}
}

// Nothing is sent while another process is connected, which could get the press.
func TestPress_RefusesBesideOthers(t *testing.T) {
	t.Parallel()
	server, api := newSim(t, slacksim.Config{})
	server.SetNumConnectionsOffset(2)
	_, err := Press(t.Context(), api, alice, time.Hour, func() { t.Error("it waits") })
	others, ok := errors.AsType[*OthersError](err)
	if !ok || others.Connections != 2 || len(server.Messages(server.DirectChannel(alice))) != 0 {
		t.Errorf("%v", err)
	}
}

// However the wait ends, no button remains.
func TestPress_EndsWithoutAPress(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	p := press(ctx, t)
	cancel(interrupted)
	if err := <-p.result; !errors.Is(err, interrupted) {
		t.Errorf("it ended with %v", err)
	}
	p.wantEnded("has ended without a press")

	p = press(t.Context(), t)
	p.server.DisconnectAll(slacksim.ReasonDisabled)
	if err := <-p.result; slackapi.CodeOf(err) != slackapi.CodeLinkDisabled {
		t.Errorf("Socket Mode was switched off: %v", err)
	}
	p.wantEnded("has ended without a press")
}

// The person has a limited time.
func TestPress_TimeIsUp(t *testing.T) {
	t.Parallel()
	_, api := newSim(t, slacksim.Config{})
	if _, err := Press(t.Context(), api, alice, time.Nanosecond, func() {}); !errors.Is(err, ErrNotPressed) {
		t.Errorf("it ended with %v", err)
	}
}

// If the card cannot be replaced, that is said.
func TestPress_CardStays(t *testing.T) {
	t.Parallel()
	p := press(t.Context(), t)
	p.server.Fail("chat.update", slacksim.Fault{Error: "cant_update_message"}, -1)
	p.click()
	if err := <-p.result; err == nil || !strings.Contains(err.Error(), "still has its button, which does nothing") {
		t.Errorf("it ended with %v", err)
	}
}
