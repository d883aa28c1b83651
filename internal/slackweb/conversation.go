package slackweb

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// shownMessage is a message as the templates see it.
type shownMessage struct {
	At      place
	TS      string
	Author  slacksim.User
	Posted  time.Time // in the viewer's time zone
	Private bool      // an ephemeral
	Edited  bool
	Flat    string
	Buttons []blockkit.Button
	Replies int
	Thread  string // the address with its thread open; "" for an ephemeral and a reply
}

// messageID returns the id of a message's element.
func messageID(ts string) string { return "m-" + strings.ReplaceAll(ts, ".", "-") }

// messages renders the conversation, without replies.
func (s *Site) messages(at place) (container, error) {
	c := container{ID: "messages"}
	if at.Home {
		return c, nil
	}
	for _, m := range s.shown(at, func(m slacksim.Message) bool { return m.ThreadTS == "" || m.ThreadTS == m.TS }, "") {
		if err := s.add(&c, messageID(m.TS), "message.html", m); err != nil {
			return c, err
		}
	}
	return c, nil
}

// thread renders the open thread: the message that began it, and the replies.
func (s *Site) thread(at place) (container, error) {
	c := container{ID: "thread"}
	if at.Thread == "" {
		return c, nil
	}
	for _, m := range s.shown(at, func(m slacksim.Message) bool { return m.TS == at.Thread || m.ThreadTS == at.Thread }, at.Thread) {
		m.Thread = ""
		if err := s.add(&c, "t-"+messageID(m.TS), "message.html", m); err != nil {
			return c, err
		}
	}
	return c, nil
}

// shown returns the messages of a conversation that match, with the ephemerals of the viewer
// in a thread ("" for none), oldest first.
func (s *Site) shown(at place, match func(slacksim.Message) bool, thread string) []shownMessage {
	slack, zone := s.cfg.Slack, zoneOf(at.Viewer)
	users := map[string]slacksim.User{}
	for _, u := range slack.Users() {
		users[u.ID] = u
	}
	var all []shownMessage
	replies := map[string]int{}
	for _, m := range slack.Messages(at.Channel.ID) {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			replies[m.ThreadTS]++
		}
		if match(m) {
			all = append(all, shownMessage{
				At: at, TS: m.TS, Author: users[m.User], Posted: m.PostedAt.In(zone), Edited: m.Edits > 0,
				Flat: m.Flat(), Buttons: m.Buttons(), Thread: at.InThread(m.TS).Path(),
			})
		}
	}
	for i, m := range all {
		all[i].Replies = replies[m.TS]
	}
	for _, e := range slack.Ephemerals(at.Viewer.ID) {
		if e.Channel == at.Channel.ID && e.ThreadTS == thread {
			all = append(all, shownMessage{
				At: at, TS: e.TS, Author: users[slack.BotUserID()], Posted: e.At.In(zone), Private: true, Flat: e.Flat(), Buttons: e.Buttons(),
			})
		}
	}
	slices.SortStableFunc(all, func(a, b shownMessage) int { return cmp.Compare(a.TS, b.TS) })
	return all
}

// zoneOf returns the time zone of a person, or UTC if this machine does not know it.
func zoneOf(u slacksim.User) *time.Location {
	zone, err := time.LoadLocation(u.TZ)
	if err != nil {
		return time.UTC
	}
	return zone
}
