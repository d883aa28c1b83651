package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// The errors of people's actions in the workspace.
var (
	// ErrOperationTimeout is Slack's operation_timeout: there was no ack in time.
	ErrOperationTimeout = socket.ErrOperationTimeout
	// ErrDispatchFailed is Slack's dispatch_failed: no connection could deliver the
	// envelope.
	ErrDispatchFailed = socket.ErrDispatchFailed
	// ErrBadAck means that the ack arrived in time, but Slack would refuse its
	// payload.
	ErrBadAck = errors.New("ack payload refused")
	// ErrNoSuchMessage means that there is no such message.
	ErrNoSuchMessage = errors.New("no such message")
	// ErrNoSuchButton means that the message or view does not have that button.
	ErrNoSuchButton = errors.New("no such button")
	// ErrNoSuchView means that the person does not have such a view open.
	ErrNoSuchView = errors.New("no such view")
	// ErrNotSubmitted means that a client would not submit the modal: a required field
	// is empty, for example.
	ErrNotSubmitted = errors.New("a client would not submit this")
	// ErrNoSuchChoice means that an input does not have such a choice.
	ErrNoSuchChoice = errors.New("no such choice")
	// ErrMessagesReadOnly means that people cannot write to the app.
	ErrMessagesReadOnly = errors.New("sending messages to this app has been turned off")
	// ErrUnknownUser and ErrUnknownChannel mean that no such user or channel was
	// added.
	ErrUnknownUser    = errors.New("unknown user")
	ErrUnknownChannel = errors.New("unknown channel")
	// ErrClosed means that the server was closed.
	ErrClosed = socket.ErrClosed
)

// apiError is an answer with ok:false.
type apiError struct {
	code             string
	messages         []string // response_metadata.messages
	needed, provided string   // with missing_scope
}

func (e *apiError) Error() string {
	if len(e.messages) == 0 {
		return e.code
	}
	return fmt.Sprintf("%s: %s", e.code, strings.Join(e.messages, "; "))
}

func (e *apiError) body() map[string]any {
	b := map[string]any{"ok": false, "error": e.code}
	if len(e.messages) > 0 {
		b["response_metadata"] = map[string]any{"messages": e.messages}
	}
	if e.needed != "" {
		b["needed"], b["provided"] = e.needed, e.provided
	}
	return b
}

func refuse(code string) error { return &apiError{code: code} }

// object is a JSON object.
type object = map[string]any

// parseBlocks checks the blocks of a message. It returns nil if there are none.
func parseBlocks(raw string) (json.RawMessage, error) {
	blocks, err := blockkit.Parse(blockkit.Message, json.RawMessage(raw))
	return blocks, refusedBlocks(err)
}

// refusedBlocks turns an error of package blockkit into the answer of the Web
// API.
func refusedBlocks(err error) error {
	if e, ok := errors.AsType[*blockkit.Error](err); ok {
		return &apiError{code: e.Code, messages: e.Problems}
	}
	return err
}
