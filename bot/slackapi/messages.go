package slackapi

import (
	"context"
	"strings"

	"github.com/slack-go/slack"
)

// Message is a message to show in Slack.
type Message struct {
	// Text is mrkdwn for notifications and screen readers. It is already escaped:
	// Slack does not look for names and links in it.
	Text string
	// Blocks is the message as people see it. Without blocks, Text is shown.
	Blocks []slack.Block
	// Plain is the mrkdwn that is sent instead when Slack refuses the blocks. If it
	// is "", the call fails.
	Plain string
	// Metadata is for programs that read the message, and not sent with Plain. The zero
	// value is none. https://docs.slack.dev/messaging/message-metadata
	Metadata slack.SlackMetadata
}

// MessageRef is the place of a message in Slack. The zero value refers to
// nothing.
type MessageRef struct {
	Channel string
	TS      string // "" for the channel itself
}

// String returns the reference as it is stored in the ledger, "channel/ts", or
// "" if it does not refer to a message.
func (r MessageRef) String() string {
	if r.TS == "" {
		return ""
	}
	return r.Channel + "/" + r.TS
}

// ParseMessageRef parses what [MessageRef.String] returned. For any other text
// it returns the zero value.
func ParseMessageRef(s string) MessageRef {
	channel, ts, ok := strings.Cut(s, "/")
	if !ok {
		return MessageRef{}
	}
	return MessageRef{Channel: channel, TS: ts}
}

// options converts a message for slack-go.
func (m Message) options() []slack.MsgOption {
	options := make([]slack.MsgOption, 0, 6)
	options = append(options, slack.MsgOptionText(m.Text, false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.Blocks...))
	}
	if m.Metadata.EventType != "" {
		options = append(options, slack.MsgOptionMetadata(m.Metadata))
	}
	return options
}

// at returns the options for a new message in a channel, or in a thread.
func (m Message) at(at MessageRef) []slack.MsgOption {
	if at.TS == "" {
		return m.options()
	}
	return append(m.options(), slack.MsgOptionTS(at.TS))
}

// orPlain sends m. If Slack refuses its blocks, it sends the plain form.
func orPlain(m Message, send func(Message) error) error {
	err := send(m)
	if ClassOf(err) == ClassMalformed && len(m.Blocks) > 0 && m.Plain != "" {
		return send(Message{Text: m.Plain})
	}
	return err
}

// Post posts m into the channel of at, or into the thread of the message at. It
// returns the place of the new message. It does not repeat the call when the
// answer is lost, because the message may have been posted.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
func (c *Client) Post(ctx context.Context, at MessageRef, m Message) (MessageRef, error) {
	var posted MessageRef
	err := orPlain(m, func(m Message) error {
		return c.call(ctx, "chat.postMessage", "chat.postMessage "+at.Channel, false, func(ctx context.Context) error {
			channel, ts, err := c.api.PostMessageContext(ctx, at.Channel, m.at(at)...)
			posted = MessageRef{Channel: channel, TS: ts}
			return complete(ts, err)
		})
	})
	return posted, err
}

// Update replaces the message at.
//
// https://docs.slack.dev/reference/methods/chat.update
func (c *Client) Update(ctx context.Context, at MessageRef, m Message) error {
	return orPlain(m, func(m Message) error {
		return c.call(ctx, "chat.update", "chat.update", true, func(ctx context.Context) error {
			_, ts, _, err := c.api.UpdateMessageContext(ctx, at.Channel, at.TS, m.options()...)
			return complete(ts, err)
		})
	})
}

// PostEphemeral shows m to one person in the channel of at, or in the thread of the
// message at.
//
// https://docs.slack.dev/reference/methods/chat.postEphemeral
func (c *Client) PostEphemeral(ctx context.Context, at MessageRef, user string, m Message) error {
	return orPlain(m, func(m Message) error {
		return c.call(ctx, "chat.postEphemeral", "chat.postEphemeral", true, func(ctx context.Context) error {
			ts, err := c.api.PostEphemeralContext(ctx, at.Channel, user, m.at(at)...)
			return complete(ts, err)
		})
	})
}

// PublishHome replaces a person's App Home.
//
// https://docs.slack.dev/reference/methods/views.publish
func (c *Client) PublishHome(ctx context.Context, user string, view slack.HomeTabViewRequest) error {
	return c.call(ctx, "views.publish", "views.publish", true, func(ctx context.Context) error {
		published, err := c.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
		if err != nil {
			return err
		}
		return complete(published.ID, nil)
	})
}
