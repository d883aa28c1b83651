package slacksim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// User is a person or a bot in the workspace, or a person from another
// workspace.
type User struct {
	ID       string // U0ALICE
	Name     string // default: the id in lower case
	RealName string // default: Name
	TeamID   string // default: the workspace's
	Email    string
	TZ       string // the name of the time zone; default "Etc/UTC"

	Deleted, IsBot, IsAdmin bool
	// IsRestricted means a guest, IsUltraRestricted a guest with a single channel,
	// and IsStranger a person from another workspace.
	IsRestricted, IsUltraRestricted, IsStranger bool
}

// Channel is a conversation.
type Channel struct {
	ID        string
	Name      string // default: the id in lower case
	Private   bool
	Archived  bool
	ReadOnly  bool // only admins post: the bot gets restricted_action_read_only_channel
	ExtShared bool // shared with another organization
	IM        bool // direct messages; [Server.DirectChannel] makes those with the bot
	User      string
}

// channel is a conversation with its members and messages.
type channel struct {
	Channel

	members   map[string]bool
	joinOrder []string // members in the order in which they joined
	messages  []*message
	byTS      map[string]*message
}

// defaultZone is the time zone of users.
const defaultZone = "Etc/UTC"

// AddUser adds or replaces a person.
func (s *Server) AddUser(u User) {
	u.Name = cmp.Or(u.Name, strings.ToLower(u.ID))
	u.RealName = cmp.Or(u.RealName, u.Name)
	u.TeamID = cmp.Or(u.TeamID, s.cfg.TeamID)
	u.TZ = cmp.Or(u.TZ, defaultZone)
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	s.workspace.users[u.ID] = u
}

// AddChannel adds a conversation, empty and without members, or changes the
// properties of an existing one.
func (s *Server) AddChannel(c Channel) {
	c.Name = cmp.Or(c.Name, strings.ToLower(c.ID))
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	s.workspace.addChannel(c)
}

func (w *workspace) addChannel(c Channel) *channel {
	ch, ok := w.channels[c.ID]
	if !ok {
		ch = &channel{members: make(map[string]bool), byTS: make(map[string]*message)}
		w.channels[c.ID] = ch
	}
	ch.Channel = c
	return ch
}

// Join makes users members of a channel; the bot is [Server.BotUserID]. It does nothing
// for an unknown channel.
func (s *Server) Join(channelID string, users ...string) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if ch := s.workspace.channels[channelID]; ch != nil {
		ch.join(users...)
	}
}

func (c *channel) join(users ...string) {
	for _, u := range users {
		if !c.members[u] {
			c.members[u] = true
			c.joinOrder = append(c.joinOrder, u)
		}
	}
}

// Leave removes users from a channel.
func (s *Server) Leave(channelID string, users ...string) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch := s.workspace.channels[channelID]
	if ch == nil {
		return
	}
	for _, u := range users {
		delete(ch.members, u)
	}
	ch.joinOrder = slices.DeleteFunc(ch.joinOrder, func(u string) bool { return !ch.members[u] })
}

// Users returns all users, sorted by id.
func (s *Server) Users() []User {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	all := slices.Collect(maps.Values(s.workspace.users))
	slices.SortFunc(all, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// DirectChannel returns the id of the bot's direct messages with a user, and
// opens them first if necessary. It returns "" if there is no such user.
func (s *Server) DirectChannel(user string) string {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if _, ok := s.workspace.users[user]; !ok {
		return ""
	}
	ch, _ := s.workspace.openDM(user)
	return ch.ID
}

// openDM returns the direct messages with a user, and whether they were already
// open.
func (w *workspace) openDM(user string) (*channel, bool) {
	if id, ok := w.directChannels[user]; ok {
		return w.channels[id], true
	}
	id := "D0" + strings.TrimLeft(user, "UW0")
	for w.channels[id] != nil { // the ids of two users may differ only in the first letter
		id += "X"
	}
	w.directChannels[user] = id
	ch := w.addChannel(Channel{ID: id, Name: "directmessage", IM: true, Private: true, User: user})
	ch.join(user, w.bot)
	return ch, false
}

// User returns a user, and reports whether there is one.
func (s *Server) User(id string) (User, bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	u, ok := s.workspace.users[id]
	return u, ok
}
