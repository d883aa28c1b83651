package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"
)

// place is where a message is: the reference that the ledger keeps of it is
// "channel/ts".
type place struct {
	channel string
	ts      string // "" for the channel itself
}

func (p place) ref() string {
	if p.ts == "" {
		return ""
	}
	return p.channel + "/" + p.ts
}

// placeOf reads a reference; a reference that it cannot read is nowhere.
func placeOf(ref string) place {
	channel, ts, ok := strings.Cut(ref, "/")
	if !ok {
		return place{}
	}
	return place{channel: channel, ts: ts}
}

// options makes a message of the bot into what slack-go takes. The text is
// escaped already, and nothing in it is to be looked up.
func (m Message) options() []slack.MsgOption {
	options := make([]slack.MsgOption, 0, 5)
	options = append(options, slack.MsgOptionText(m.Text, false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.Blocks...))
	}
	return options
}

// plainly does what send does, and again with the plain form of the message if
// Slack refuses its blocks.
func plainly(m Message, send func(Message) error) error {
	err := send(m)
	if classOf(err) == classShape && len(m.Blocks) > 0 {
		return send(m.Plain())
	}
	return err
}

// post posts m, in the thread of p if it is a message. It is not repeated when
// its answer is lost: then the message may be there.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
func (w *web) post(ctx context.Context, p place, m Message) (place, error) {
	var at place
	err := plainly(m, func(m Message) error {
		return w.call(ctx, "chat.postMessage", p.channel, false, func(ctx context.Context) error {
			options := m.options()
			if p.ts != "" {
				options = append(options, slack.MsgOptionTS(p.ts))
			}
			channel, ts, err := w.api.PostMessageContext(ctx, p.channel, options...)
			at = place{channel: channel, ts: ts}
			return err
		})
	})
	return at, err
}

// update replaces the message at p.
//
// https://docs.slack.dev/reference/methods/chat.update
func (w *web) update(ctx context.Context, p place, m Message) error {
	return plainly(m, func(m Message) error {
		return w.call(ctx, "chat.update", p.channel, true, func(ctx context.Context) error {
			_, _, _, err := w.api.UpdateMessageContext(ctx, p.channel, p.ts, m.options()...)
			return err
		})
	})
}

// ephemeral shows m to one person in a channel.
//
// https://docs.slack.dev/reference/methods/chat.postEphemeral
func (w *web) ephemeral(ctx context.Context, channel, user string, m Message) error {
	return plainly(m, func(m Message) error {
		return w.call(ctx, "chat.postEphemeral", channel, true, func(ctx context.Context) error {
			_, err := w.api.PostEphemeralContext(ctx, channel, user, m.options()...)
			return err
		})
	})
}

// respond answers through a response_url, so that only the person sees it.
//
// https://docs.slack.dev/interactivity/handling-user-interaction
func (w *web) respond(ctx context.Context, url string, m Message) error {
	return plainly(m, func(m Message) error {
		return w.call(ctx, "response_url", "", true, func(ctx context.Context) error {
			options := append(m.options(), slack.MsgOptionResponseURL(url, slack.ResponseTypeEphemeral))
			_, _, _, err := w.api.SendMessageContext(ctx, "", options...)
			return err
		})
	})
}

// publish replaces a person's App Home.
//
// https://docs.slack.dev/reference/methods/views.publish
func (w *web) publish(ctx context.Context, user string, view slack.HomeTabViewRequest) error {
	return w.call(ctx, "views.publish", user, true, func(ctx context.Context) error {
		_, err := w.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
		return err
	})
}
