package slacksim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// User is somebody in the workspace, or from another one.
type User struct {
	ID       string // U0ALICE
	Name     string // default: the id in lower case
	RealName string // default: Name
	TeamID   string // default: the workspace's
	Email    string

	Deleted, IsBot, IsAdmin bool
	// IsRestricted is a guest, IsUltraRestricted one with a single channel,
	// IsStranger somebody from another workspace.
	IsRestricted, IsUltraRestricted, IsStranger bool
}

// Channel is a conversation.
type Channel struct {
	ID        string
	Name      string // default: the id in lower case
	Private   bool
	Archived  bool
	ReadOnly  bool // only admins post: the bot gets restricted_action_read_only_channel
	ExtShared bool // shared with another organisation
	IM        bool // a direct message; the bot's own are made by conversations.open
	User      string
}

// Usergroup is a group that can be mentioned, such as @finance.
type Usergroup struct {
	ID       string // S0FINANCE
	Handle   string
	Name     string
	Members  []string
	Disabled bool
}

// channel is a conversation with what is in it.
type channel struct {
	Channel

	members  map[string]bool
	order    []string // members as they joined
	messages []*message
	byTS     map[string]*message
}

// AddUser adds or replaces a person.
func (s *Server) AddUser(u User) {
	u.Name = cmp.Or(u.Name, strings.ToLower(u.ID))
	u.RealName = cmp.Or(u.RealName, u.Name)
	u.TeamID = cmp.Or(u.TeamID, s.cfg.TeamID)
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.users[u.ID] = u
}

// AddChannel adds a conversation, empty and without members, or changes the
// properties of one that exists.
func (s *Server) AddChannel(c Channel) {
	c.Name = cmp.Or(c.Name, strings.ToLower(c.ID))
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.addChannel(c)
}

func (w *world) addChannel(c Channel) *channel {
	ch, ok := w.channels[c.ID]
	if !ok {
		ch = &channel{members: make(map[string]bool), byTS: make(map[string]*message)}
		w.channels[c.ID] = ch
	}
	ch.Channel = c
	return ch
}

// Join makes the users members of the channel; the bot joins with
// [Server.BotUserID]. Unknown channels are left alone.
func (s *Server) Join(channelID string, users ...string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if ch := s.world.channels[channelID]; ch != nil {
		ch.join(users...)
	}
}

func (c *channel) join(users ...string) {
	for _, u := range users {
		if !c.members[u] {
			c.members[u] = true
			c.order = append(c.order, u)
		}
	}
}

// Leave ends the users' membership.
func (s *Server) Leave(channelID string, users ...string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	ch := s.world.channels[channelID]
	if ch == nil {
		return
	}
	for _, u := range users {
		delete(ch.members, u)
	}
	ch.order = slices.DeleteFunc(ch.order, func(u string) bool { return !ch.members[u] })
}

// AddUsergroup adds or replaces a group.
func (s *Server) AddUsergroup(g Usergroup) {
	g.Handle = cmp.Or(g.Handle, strings.ToLower(g.ID))
	g.Name = cmp.Or(g.Name, g.Handle)
	g.Members = slices.Clone(g.Members)
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.groups[g.ID] = g
}

// Users returns everybody, ordered by id.
func (s *Server) Users() []User {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	all := slices.Collect(maps.Values(s.world.users))
	slices.SortFunc(all, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// DirectChannel returns the id of the bot's direct messages with the user, and
// opens them if need be; "" if there is no such user.
func (s *Server) DirectChannel(user string) string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if _, ok := s.world.users[user]; !ok {
		return ""
	}
	ch, _ := s.world.openDM(user)
	return ch.ID
}

// openDM returns the conversation and whether it was there already.
func (w *world) openDM(user string) (*channel, bool) {
	if id, ok := w.dms[user]; ok {
		return w.channels[id], true
	}
	id := "D0" + strings.TrimLeft(user, "UW0")
	for w.channels[id] != nil { // users whose ids differ only in front
		id += "X"
	}
	w.dms[user] = id
	ch := w.addChannel(Channel{ID: id, Name: "directmessage", IM: true, Private: true, User: user})
	ch.join(user, w.bot)
	return ch, false
}
