package slacksim

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// world is everything the workspace holds.
type world struct {
	mu       sync.Mutex
	bot      string
	now      func() time.Time
	lastTS   int64 // microseconds; timestamps are unique in the whole workspace
	users    map[string]User
	channels map[string]*channel
	groups   map[string]Usergroup
	dms      map[string]string // user to the channel with the bot

	ephemerals []*Ephemeral
	triggers   triggers
	urls       map[string]*responseURL
	views      viewStore
	tokenErrs  map[string]string
}

func (w *world) init(cfg Config) {
	w.bot = cfg.BotUserID
	w.now = cfg.Now
	w.users = map[string]User{cfg.BotUserID: {
		ID: cfg.BotUserID, Name: cfg.BotName, RealName: cfg.BotName, TeamID: cfg.TeamID, IsBot: true,
	}}
	w.channels = make(map[string]*channel)
	w.groups = make(map[string]Usergroup)
	w.dms = make(map[string]string)
	w.triggers.init()
	w.urls = make(map[string]*responseURL)
	w.views.init()
	w.tokenErrs = make(map[string]string)
}

// stamp returns a timestamp that no message has.
func (w *world) stamp() string {
	w.lastTS = max(w.lastTS+1, w.now().UnixMicro())
	return microTS(w.lastTS)
}

// microTS is the Slack timestamp of so many microseconds since 1970.
func microTS(us int64) string {
	const million = 1_000_000
	frac := itoa(us % million)
	return itoa(us/million) + "." + strings.Repeat("0", 6-len(frac)) + frac
}

// channelNamed finds a conversation by id, or by name as chat.postMessage allows.
func (w *world) channelNamed(name string) *channel {
	if ch := w.channels[name]; ch != nil {
		return ch
	}
	name = strings.TrimPrefix(name, "#")
	for _, ch := range w.channels {
		if ch.Name == name && !ch.IM {
			return ch
		}
	}
	return nil
}

// visible returns a conversation that the bot can see: any public one, others only
// as a member.
func (w *world) visible(id string) (*channel, error) {
	ch := w.channels[id]
	if ch == nil || ch.Private && !ch.members[w.bot] {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// inside returns a conversation in which the bot is.
func (w *world) inside(id string) (*channel, error) {
	ch, err := w.visible(id)
	if err != nil {
		return nil, err
	}
	if !ch.members[w.bot] {
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// message is the stored form of [Message].
type message struct{ Message }

// post stores a message at the end of the channel.
func (w *world) post(ch *channel, m Message) *message {
	m.Channel = ch.ID
	m.TS = w.stamp()
	m.PostedAt = w.now()
	stored := &message{m}
	ch.messages = append(ch.messages, stored)
	ch.byTS[m.TS] = stored
	return stored
}

// remove deletes a message for good. It stays known as deleted, so that a thread
// can tell its missing parent from one that never was.
func (c *channel) remove(m *message) {
	m.Deleted = true
	m.Text, m.Blocks, m.Metadata = "", nil, nil
}

// wireMessage is a message as the Web API and payloads show it.
type wireMessage struct {
	Type         string          `json:"type"`
	Subtype      string          `json:"subtype,omitempty"`
	User         string          `json:"user,omitempty"`
	BotID        string          `json:"bot_id,omitempty"`
	AppID        string          `json:"app_id,omitempty"`
	Team         string          `json:"team,omitempty"`
	Text         string          `json:"text"`
	TS           string          `json:"ts"`
	ThreadTS     string          `json:"thread_ts,omitempty"`
	ParentUserID string          `json:"parent_user_id,omitempty"`
	ReplyCount   int             `json:"reply_count,omitempty"`
	LatestReply  string          `json:"latest_reply,omitempty"`
	Edited       *wireEdited     `json:"edited,omitempty"`
	Blocks       json.RawMessage `json:"blocks,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`
}

type wireEdited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// wire shows m with the state of its thread. Metadata is shown by those methods
// only that were asked for it.
func (s *Server) wire(ch *channel, m *message) wireMessage {
	out := wireMessage{
		Type: "message", User: m.User, Team: s.cfg.TeamID, Text: m.Text, TS: m.TS,
		ThreadTS: m.ThreadTS, Blocks: m.Blocks,
	}
	if m.User == s.cfg.BotUserID {
		out.BotID, out.AppID = s.cfg.BotID, s.cfg.AppID
	}
	// Slack marks edits of text only; cards that are updated show no such mark.
	if m.Edits > 0 && m.Blocks == nil {
		out.Edited = &wireEdited{User: m.User, TS: microTS(m.EditedAt.UnixMicro())}
	}
	if parent := ch.byTS[m.ThreadTS]; parent != nil && parent != m {
		out.ParentUserID = parent.User
	}
	if m.replies > 0 {
		out.ThreadTS, out.ReplyCount, out.LatestReply = m.TS, m.replies, m.lastReply
	}
	return out
}
