package slackweb_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
)

// app is a small app that is connected: it keeps what it gets, and answers as a test says.
type app struct {
	testing.TB
	api *slack.Client
	got chan interaction
}

// interaction is what the app gets, as far as the tests look.
type interaction struct {
	Type       string
	CallbackID string `json:"callback_id"`
	TriggerID  string `json:"trigger_id"`
	Actions    []struct {
		BlockID  string          `json:"block_id"`
		ActionID string          `json:"action_id"`
		Value    string          `json:"value"`
		Option   json.RawMessage `json:"selected_option"`
	}
	View struct {
		ID    string
		State struct {
			Values map[string]map[string]slack.BlockAction
		}
	}
	Command, Text string
	Event         struct{ Type, Text, Tab string }
}

// connect runs an app until the test ends. answer returns the payload of an ack; nil always
// means an empty one.
func (w *world) connect(answer func(interaction) any) *app {
	w.Helper()
	a := &app{TB: w.TB, got: make(chan interaction, 100), api: slack.New(w.slack.BotToken(),
		slack.OptionAppLevelToken(w.slack.AppToken()), slack.OptionAPIURL(w.slack.APIURL()))}
	socket := socketmode.New(a.api)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { _ = socket.RunContext(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			select {
			case <-ctx.Done():
				return
			case evt := <-socket.Events:
				if evt.Request == nil || evt.Request.EnvelopeID == "" {
					continue
				}
				var in interaction
				_ = json.Unmarshal(evt.Request.Payload, &in)
				var payload any
				if answer != nil {
					payload = answer(in)
				}
				_ = socket.AckCtx(ctx, evt.Request.EnvelopeID, payload)
				a.got <- in
			}
		}
	}()
	w.Cleanup(func() {
		cancel()
		<-ended
		<-ended
	})
	if err := w.slack.WaitConnections(w.within(), 1); err != nil {
		w.Fatal(err)
	}
	return a
}

// next returns what the app got next.
func (a *app) next() interaction {
	a.Helper()
	select {
	case in := <-a.got:
		return in
	case <-time.After(time.Minute):
		a.Fatal("the app got nothing")
		return interaction{}
	}
}

// none fails if the app got more than the test has looked at.
func (a *app) none() {
	a.Helper()
	if n := len(a.got); n > 0 {
		a.Errorf("the app got %d more, first %+v", n, <-a.got)
	}
}

// post posts a message with blocks to the channel of the tests.
func (a *app) post(blocks ...slack.Block) (ts string) {
	a.Helper()
	_, ts, err := a.api.PostMessageContext(a.Context(), ops, slack.MsgOptionText("a card", false), slack.MsgOptionBlocks(blocks...))
	if err != nil {
		a.Fatal(err)
	}
	return ts
}

// open opens a modal.
func (a *app) open(trigger string, blocks ...slack.Block) string {
	a.Helper()
	v, err := a.api.OpenViewContext(a.Context(), trigger, form(blocks...))
	if err != nil {
		a.Fatal(err)
	}
	return v.ID
}

func form(blocks ...slack.Block) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "form", Title: plain("Form"), Submit: plain("Ask"), Close: plain("Cancel"),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", text, false, false)
}

// buttons returns a block with one button.
func buttons(block, action, value string) *slack.ActionBlock {
	return slack.NewActionBlock(block, slack.NewButtonBlockElement(action, value, plain("Press "+value)))
}

// field returns an input block whose block and action have the same id.
func field(id string, element slack.BlockElement) *slack.InputBlock {
	return slack.NewInputBlock(id, plain("The "+id), nil, element)
}

func menu(kind, id string, options ...string) *slack.SelectBlockElement {
	var all []*slack.OptionBlockObject
	for _, o := range options {
		all = append(all, slack.NewOptionBlockObject(o, plain("the "+o), nil))
	}
	return slack.NewOptionsSelectBlockElement(kind, nil, id, all...)
}

func (w *world) within() context.Context {
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	w.Cleanup(cancel)
	return ctx
}

// does posts a form that must work.
func (w *world) does(path string, values ...string) {
	w.Helper()
	if code, said := w.post(path, pairs(values...)); code != 204 {
		w.Fatalf("%s %v: %d %s", path, values, code, said)
	}
}

// only returns the modal that alice has open.
func (w *world) only() slacksim.View {
	w.Helper()
	open := w.slack.Views(alice)
	if len(open) != 1 {
		w.Fatalf("%d modals are open", len(open))
	}
	return open[0]
}
