package slackapi

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"
)

// triggerLife is how long Slack accepts a trigger_id after the click or command
// that it came with.
const triggerLife = 3 * time.Second

var errTriggerExpired = errors.New("the trigger_id has expired")

// OpenView opens a modal for the person whose click or command came with this
// trigger_id, and returns the modal's id. A trigger_id opens one view, within three seconds. So OpenView
// returns within that time, and repeats the call only if Slack provably did not
// get it, or wants a short pause. If Slack has accepted the trigger_id before, or
// it expired, the code of the error says so (exchanged_trigger_id,
// expired_trigger_id).
//
// https://docs.slack.dev/reference/methods/views.open
func (c *Client) OpenView(ctx context.Context, triggerID string, view slack.ModalViewRequest) (id string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, triggerLife, errTriggerExpired)
	defer cancel()
	err = c.call(ctx, "views.open", "views.open", false, func(ctx context.Context) error {
		opened, err := c.api.OpenViewContext(ctx, triggerID, view)
		if err != nil {
			return err
		}
		id = opened.ID
		return complete(opened.ID, nil)
	})
	return id, err
}

// UpdateView replaces the content of an open modal. Inputs whose block_id and action_id
// stay the same keep what was typed into them. If the modal was closed, the code of the
// error is not_found.
//
// https://docs.slack.dev/reference/methods/views.update
func (c *Client) UpdateView(ctx context.Context, id string, view slack.ModalViewRequest) error {
	return c.call(ctx, "views.update", "views.update", true, func(ctx context.Context) error {
		updated, err := c.api.UpdateViewContext(ctx, view, "", "", id)
		if err != nil {
			return err
		}
		return complete(updated.ID, nil)
	})
}
