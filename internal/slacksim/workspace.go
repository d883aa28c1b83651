package slacksim

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// workspace is everything in the workspace.
type workspace struct {
	mu             sync.Mutex
	bot            string
	now            func() time.Time
	lastTS         int64 // microseconds since 1970; timestamps are unique in the workspace
	users          map[string]User
	channels       map[string]*channel
	groups         map[string]*usergroup
	noUsergroups   bool              // see SetUsergroupsInPlan
	directChannels map[string]string // user to the channel with the bot

	ephemerals  []*Ephemeral
	triggers    triggers
	urls        map[string]*responseURL
	views       viewStore
	tokenErrors map[string]string
}

func (w *workspace) init(cfg Config) {
	w.bot = cfg.BotUserID
	w.now = cfg.Now
	w.users = map[string]User{cfg.BotUserID: {
		ID: cfg.BotUserID, Name: cfg.BotName, RealName: cfg.BotName, TeamID: cfg.TeamID, TZ: defaultZone, IsBot: true,
	}}
	w.channels = make(map[string]*channel)
	w.groups = make(map[string]*usergroup)
	w.directChannels = make(map[string]string)
	w.triggers.init()
	w.urls = make(map[string]*responseURL)
	w.views.init()
	w.tokenErrors = make(map[string]string)
}

// newTS returns a timestamp that no message has.
func (w *workspace) newTS() string {
	w.lastTS = max(w.lastTS+1, w.now().UnixMicro())
	return formatTS(w.lastTS)
}

// formatTS returns Slack's timestamp for microseconds since 1970.
func formatTS(us int64) string {
	const million = 1_000_000
	frac := itoa(us % million)
	return itoa(us/million) + "." + strings.Repeat("0", 6-len(frac)) + frac
}

// findChannel returns a conversation by id, or by name as chat.postMessage allows; nil if
// there is none.
func (w *workspace) findChannel(name string) *channel {
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

// visible returns a conversation that the bot can see: a public one, or one of which it is
// a member.
func (w *workspace) visible(id string) (*channel, error) {
	ch := w.channels[id]
	if ch == nil || ch.Private && !ch.members[w.bot] {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// joined returns a conversation of which the bot is a member.
func (w *workspace) joined(id string) (*channel, error) {
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
func (w *workspace) post(ch *channel, m Message) *message {
	m.Channel = ch.ID
	m.TS = w.newTS()
	m.PostedAt = w.now()
	stored := &message{m}
	ch.messages = append(ch.messages, stored)
	ch.byTS[m.TS] = stored
	return stored
}

// delete deletes a message. It stays known as deleted, so that a reply to a deleted parent
// differs from a reply to one that never existed.
func (c *channel) delete(m *message) {
	m.Deleted = true
	m.Text, m.Blocks, m.Metadata = "", nil, nil
}

// jsonMessage is a message as the Web API and payloads show it.
type jsonMessage struct {
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
	Edited       *jsonEdited     `json:"edited,omitempty"`
	Blocks       json.RawMessage `json:"blocks,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`
}

type jsonEdited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// messageJSON returns m as Slack shows it, with the state of its thread and without its
// metadata.
func (s *Server) messageJSON(ch *channel, m *message) jsonMessage {
	out := jsonMessage{
		Type: "message", User: m.User, Team: s.cfg.TeamID, Text: m.Text, TS: m.TS,
		ThreadTS: m.ThreadTS, Blocks: m.Blocks,
	}
	if m.User == s.cfg.BotUserID {
		out.BotID, out.AppID = s.cfg.BotID, s.cfg.AppID
	}
	// Slack marks only edits of text; an updated message with blocks is not marked.
	if m.Edits > 0 && m.Blocks == nil {
		out.Edited = &jsonEdited{User: m.User, TS: formatTS(m.EditedAt.UnixMicro())}
	}
	if parent := ch.byTS[m.ThreadTS]; parent != nil && parent != m {
		out.ParentUserID = parent.User
	}
	if m.replies > 0 {
		out.ThreadTS, out.ReplyCount, out.LatestReply = m.TS, m.replies, m.lastReply
	}
	return out
}
