package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/workspace"
	"extendbot/order"
)

const (
	// replyTimeout limits an answer to a person that is not essential.
	replyTimeout = 20 * time.Second
	// tellTimeout limits each way to reach a person, so that one that hangs leaves
	// time for the next.
	tellTimeout = 5 * time.Second
	// responseURLLife is how long Slack accepts a response_url, minus a margin.
	responseURLLife = 29 * time.Minute
	// maxResponseURLs limits how many are remembered.
	maxResponseURLs = 16_384
)

var errReplyTimeout = errors.New("slack did not answer in time")

// person is someone to answer, and the ways to do that.
type person struct {
	user        string
	channel     string // "" on the App Home
	thread      string // in which they wrote or clicked, in that channel; "" if it was in none
	responseURL string // a secret, kept only in memory; "" if there is none
	// replace is whether the answer takes the place of the message whose button they pressed.
	replace bool
}

// personOf returns the person who clicked a button.
func personOf(c slack.InteractionCallback) person {
	return person{user: c.User.ID, channel: c.Container.ChannelID, thread: c.Container.ThreadTs, responseURL: c.ResponseURL}
}

// replies answers people privately.
type replies struct {
	cfg   *Config
	slack *slackapi.Client
	urls  responseURLs[order.ID]
}

func newReplies(cfg *Config, api *slackapi.Client) *replies {
	return &replies{cfg: cfg, slack: api, urls: newResponseURLs[order.ID](cfg.Now)}
}

// tell shows m only to a person. It tries in this order: the response_url, an
// ephemeral message in the channel, a direct message. In a direct message, the answer
// stays: a normal message is as private there as an ephemeral one.
func (r *replies) tell(ctx context.Context, to person, m message.Message) error {
	return reach(ctx, r.respond(to, m), r.ephemeral(to, m), r.direct(to, m))
}

// way is one way to show something to a person; nil if there is no such way.
type way func(ctx context.Context) error

func (r *replies) respond(to person, m message.Message) way {
	if to.responseURL == "" {
		return nil
	}
	return func(ctx context.Context) error {
		if to.replace {
			return r.slack.Replace(ctx, to.responseURL, outgoing(m))
		}
		return r.slack.Respond(ctx, to.responseURL, to.thread, outgoing(m))
	}
}

func (r *replies) ephemeral(to person, m message.Message) way {
	if to.channel == "" || workspace.Direct(to.channel) {
		return nil
	}
	return func(ctx context.Context) error {
		return r.slack.PostEphemeral(ctx, slackapi.MessageRef{Channel: to.channel, TS: to.thread}, to.user, outgoing(m))
	}
}

func (r *replies) direct(to person, m message.Message) way {
	if to.user == "" {
		return nil
	}
	at := slackapi.MessageRef{Channel: to.user}
	if to.thread != "" && workspace.Direct(to.channel) {
		at = slackapi.MessageRef{Channel: to.channel, TS: to.thread}
	}
	return func(ctx context.Context) error {
		_, err := r.slack.Post(ctx, at, outgoing(m))
		return err
	}
}

// reach tries the ways in turn until one works. It returns [*order.Later] only if
// Slack limits all of them, so that the limit of one does not hold up the others.
func reach(ctx context.Context, ways ...way) error {
	var failed error
	for _, try := range ways {
		if try == nil {
			continue
		}
		err := within(ctx, try)
		if err == nil {
			return nil
		}
		failed = sooner(failed, err)
	}
	return failed
}

// sooner returns the error after which it may be tried again sooner.
func sooner(a, b error) error {
	limit, limited := errors.AsType[*order.Later](a)
	other, alsoLimited := errors.AsType[*order.Later](b)
	if a == nil || limited && (!alsoLimited || other.At.Before(limit.At)) {
		return b
	}
	return a
}

// within tries one way within tellTimeout.
func within(ctx context.Context, try way) error {
	ctx, cancel := context.WithTimeoutCause(ctx, tellTimeout, errReplyTimeout)
	defer cancel()
	return try(ctx)
}

// tellOrLog tells a person something that is not essential, and reports whether
// it was delivered.
func (r *replies) tellOrLog(ctx context.Context, e *envelope, to person, m message.Message) bool {
	ctx, cancel := context.WithTimeoutCause(ctx, replyTimeout, errReplyTimeout)
	defer cancel()
	if err := r.tell(ctx, to, m); err != nil {
		e.log(r.cfg.Log).WithField(fieldUser, to.user).WithField(fieldError, err).Warn("a person could not be answered")
		return false
	}
	return true
}

// outgoing is a message as [slackapi.Client] sends it.
func outgoing(m message.Message) slackapi.Message {
	return slackapi.Message{Text: m.Text, Blocks: m.Blocks, Plain: m.Plain()}
}

// responseURLs remembers the response_url of orders, or of open forms, only in memory:
// anyone who has one can post for half an hour.
type responseURLs[K comparable] struct {
	now func() time.Time

	mu sync.Mutex
	by map[K]responseURL
}

func newResponseURLs[K comparable](now func() time.Time) responseURLs[K] {
	return responseURLs[K]{now: now, by: map[K]responseURL{}}
}

type responseURL struct {
	url   string
	until time.Time
}

func (r *responseURLs[K]) put(id K, url string) {
	if url == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if len(r.by) >= maxResponseURLs {
		for k, v := range r.by {
			if now.After(v.until) {
				delete(r.by, k)
			}
		}
	}
	if len(r.by) < maxResponseURLs {
		r.by[id] = responseURL{url: url, until: now.Add(responseURLLife)}
	}
}

// get returns the response_url, or "" if there is none
// that Slack still accepts.
func (r *responseURLs[K]) get(id K) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.by[id]
	if !ok || r.now().After(v.until) {
		return ""
	}
	return v.url
}

func (r *responseURLs[K]) drop(id K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, id)
}
