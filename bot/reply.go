package bot

import (
	"context"
	"sync"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// asker is a person to answer, and the ways there are to do so.
type asker struct {
	user        string
	channel     string // "" on the App Home
	responseURL string // a secret that lives in memory only
}

// tell says m to a person alone, by the best way that works: the response_url,
// an ephemeral in the channel, a direct message.
func (a *App) tell(ctx context.Context, to asker, m message.Message) error {
	var err error
	if to.responseURL != "" {
		if err = a.slack.Respond(ctx, to.responseURL, outgoing(m)); err == nil {
			return nil
		}
	}
	if to.channel != "" {
		if err = a.slack.PostEphemeral(ctx, to.channel, to.user, outgoing(m)); err == nil {
			return nil
		}
	}
	if to.user != "" {
		_, err = a.slack.Post(ctx, slackapi.MessageRef{Channel: to.user}, outgoing(m))
	}
	return err
}

// replyLife is how long Slack takes a response_url, less a margin.
const replyLife = 29 * time.Minute

// maxReplies bounds the memory that response_urls take.
const maxReplies = 4096

// replies remembers the response_url of requests, in memory only: whoever has
// one can post for half an hour.
type replies struct {
	mu  sync.Mutex
	now func() time.Time
	by  map[order.ID]reply
}

type reply struct {
	url   string
	until time.Time
}

func (r *replies) put(id order.ID, url string) {
	if url == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if len(r.by) >= maxReplies {
		for k, v := range r.by {
			if now.After(v.until) {
				delete(r.by, k)
			}
		}
	}
	if len(r.by) < maxReplies {
		r.by[id] = reply{url: url, until: now.Add(replyLife)}
	}
}

func (r *replies) get(id order.ID) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.by[id]
	if !ok || r.now().After(v.until) {
		return ""
	}
	return v.url
}

func (r *replies) drop(id order.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, id)
}

// outgoing is a message as [slackapi.Client] sends it.
func outgoing(m message.Message) slackapi.Message {
	return slackapi.Message{Text: m.Text, Blocks: m.Blocks, Plain: m.Plain()}
}
