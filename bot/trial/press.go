package trial

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/slackapi"
)

// updateTime is how long the last update of the card may take, also after the end of
// the context.
const updateTime = 5 * time.Second

var (
	// ErrNotPressed means that nobody pressed the button in time.
	ErrNotPressed = errors.New("nobody pressed the button")
	// errRenewed means that Slack renews the connection: another one has to be opened.
	errRenewed = errors.New("slack renews the connection")
)

// OthersError means that other processes are connected, to which Slack could send the
// press.
type OthersError struct{ Connections int }

// Error says what to do.
func (e *OthersError) Error() string {
	return fmt.Sprintf("Slack counts %d other connections of this app, and could send the press there: "+
		"stop the other process (if it has just ended, wait a minute), and try again", e.Connections)
}

// CardError means that the card could not be updated: its button is still there, and does
// nothing.
type CardError struct {
	Channel string // the direct messages with the person
	Err     error
}

// Error says what is wrong.
func (e *CardError) Error() string {
	return fmt.Sprintf("the card in %s still has its button, which does nothing: %v", e.Channel, e.Err)
}

// Unwrap returns why.
func (e *CardError) Unwrap() error { return e.Err }

// Press sends a person a card with one button in a direct message, and waits for the
// press until the time is up ([ErrNotPressed]) or ctx ends. Then it replaces the card,
// whatever happened. waiting is called when the card is there. It returns how long the
// person took.
//
// It fails with [*OthersError] before anything is sent if other processes are connected,
// with [*CardError] if the press arrived and the card could not be replaced, and with the
// errors of [Connect] and of [slackapi.Client.Post].
func Press(ctx context.Context, api *slackapi.Client, user string, patience time.Duration, waiting func()) (time.Duration, error) {
	until, cancel := context.WithTimeoutCause(ctx, patience, ErrNotPressed)
	defer cancel()
	conn, err := Connect(until, api)
	if err != nil {
		return 0, err
	}
	defer func() { conn.Close() }()
	if n := conn.Hello.Others; n > 0 {
		return 0, &OthersError{Connections: n}
	}
	nonce := rand.Text()
	card, err := api.Post(until, slackapi.MessageRef{Channel: user}, asks(nonce))
	if err != nil {
		return 0, fmt.Errorf("the card cannot be sent: %w", err)
	}
	began := time.Now()
	waiting()
	for {
		err = conn.awaitPress(until, nonce)
		if !errors.Is(err, errRenewed) {
			break
		}
		conn.Close()
		again, failed := Connect(until, api)
		if failed != nil {
			err = failed
			break
		}
		conn = again
	}
	took := time.Since(began)
	after, stop := context.WithTimeout(context.WithoutCancel(ctx), updateTime)
	defer stop()
	if failed := api.Update(after, card, ended(err == nil)); failed != nil {
		err = errors.Join(err, &CardError{Channel: card.Channel, Err: failed})
	}
	return took, err
}

// awaitPress returns nil when the button with this value was pressed, and acked.
func (c *Conn) awaitPress(ctx context.Context, nonce string) error {
	for {
		said, err := c.next(ctx)
		if err != nil {
			return err
		}
		switch said.Type {
		case socketmode.RequestTypeInteractive:
			if pressed(said.Payload, nonce) {
				return c.ack(said.EnvelopeID, nil)
			}
		case socketmode.RequestTypeSlashCommands:
			if err := c.ack(said.EnvelopeID, notNow()); err != nil {
				return err
			}
		}
	}
}

// pressed reports whether an interaction is the press of the button with this value.
// Only the person whose direct message it is in can see it.
func pressed(payload json.RawMessage, nonce string) bool {
	var said slack.InteractionCallback
	if json.Unmarshal(payload, &said) != nil {
		return false
	}
	for _, action := range said.ActionCallback.BlockActions {
		if action.ActionID == actionPress && action.Value == nonce {
			return true
		}
	}
	return false
}
