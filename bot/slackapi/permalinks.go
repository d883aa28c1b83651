package slackapi

import (
	"context"
	"sync"

	"github.com/slack-go/slack"
)

// maxPermalinks limits how many links are remembered.
const maxPermalinks = 4096

// Permalinks returns the links to messages, as far as Slack names them before ctx
// ends. It asks for all of them at once, and only for those that it does not
// remember. A message without a link is not in the map.
//
// https://docs.slack.dev/reference/methods/chat.getPermalink
func (c *Client) Permalinks(ctx context.Context, refs []MessageRef) map[MessageRef]string {
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		found = make(map[MessageRef]string, len(refs))
	)
	asked := map[MessageRef]bool{}
	for _, at := range refs {
		if at.TS == "" || asked[at] {
			continue
		}
		asked[at] = true
		group.Go(func() {
			if link := c.permalink(ctx, at); link != "" {
				mu.Lock()
				defer mu.Unlock()
				found[at] = link
			}
		})
	}
	group.Wait()
	return found
}

// permalink returns the link to a message, or "" if Slack does not say.
func (c *Client) permalink(ctx context.Context, at MessageRef) (link string) {
	if link, ok := c.permalinks.get(at); ok {
		return link
	}
	err := c.call(ctx, "chat.getPermalink", "chat.getPermalink", true, func(ctx context.Context) (err error) {
		link, err = c.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: at.Channel, Ts: at.TS})
		return complete(link, err)
	})
	if err != nil {
		return ""
	}
	c.permalinks.put(at, link)
	return link
}

// SeeChannel returns nil if the bot can see a channel: a public one, or a private one of
// which it is a member. If it cannot, or there is no such channel, the error has
// [ClassChannel]. It asks for the link to a message that does not exist, once, because
// that needs no scope. Whether the bot is a member of a public channel, Slack tells only
// with further scopes.
//
// https://docs.slack.dev/reference/methods/chat.getPermalink
func (c *Client) SeeChannel(ctx context.Context, channel string) error {
	failed := c.once(ctx, "chat.getPermalink", func(ctx context.Context) error {
		_, err := c.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: "1000000000.000001"})
		return err
	})
	if failed == nil || failed.Class == ClassGone {
		return nil
	}
	return failed
}
