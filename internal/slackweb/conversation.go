package slackweb

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// messageID returns the id of a message's element.
func messageID(ts string) string { return "m-" + strings.ReplaceAll(ts, ".", "-") }

// messages renders the conversation, without replies, with a divider for each day.
func (s *Site) messages(at place) (container, error) {
	c := container{ID: "messages"}
	if at.Home {
		return c, nil
	}
	all := s.shown(at, "", func(m slacksim.Message) bool { return !isReply(m) })
	if err := s.addBegin(&c, at, len(all) > maxShown); err != nil {
		return c, err
	}
	now, last, around := s.cfg.Now(), "", s.around(at)
	for _, m := range all[max(0, len(all)-maxShown):] {
		if date := m.Posted.Format(time.DateOnly); date != last {
			last, m.Follows = date, false
			if err := s.add(&c, "day-"+date, "day.html", day(m.Posted, now)); err != nil {
				return c, err
			}
		}
		if err := s.addMessage(&c, around, m); err != nil {
			return c, err
		}
	}
	return c, nil
}

// maxShown is how many messages of a conversation are shown, the newest ones.
const maxShown = 200

// addBegin adds what is above the messages: the beginning of the conversation, or that there
// are more.
func (s *Site) addBegin(c *container, at place, more bool) error {
	if more {
		return s.add(c, "older", "older.html", maxShown)
	}
	return s.add(c, "begin", "begin.html", struct {
		At       place
		App      shownPerson
		Commands []Command
	}{at, s.app(), s.cfg.App.Commands})
}

// thread renders the open thread: the message that began it, and the replies.
func (s *Site) thread(at place) (container, error) {
	c := container{ID: "thread"}
	if at.Thread == "" {
		return c, nil
	}
	around := s.around(at)
	for i, m := range s.shown(at, at.Thread, func(m slacksim.Message) bool { return m.TS == at.Thread || m.ThreadTS == at.Thread }) {
		count := 0
		if m.Replies != nil {
			count = m.Replies.Count
		}
		m.Thread, m.Replies = "", nil
		if i == 1 {
			m.Follows = false
		}
		if err := s.addMessage(&c, around, m); err != nil {
			return c, err
		}
		if count > 0 {
			if err := s.add(&c, "thread-count", "count.html", count); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// shown returns the messages of a conversation that match, and the ephemerals of the viewer,
// oldest first. thread is the thread whose messages they are, or "".
func (s *Site) shown(at place, thread string, match func(slacksim.Message) bool) []shownMessage {
	users := s.users()
	var all []shownMessage
	replies := map[string]*shownReplies{}
	for _, m := range s.cfg.Slack.Messages(at.Channel.ID) {
		if isReply(m) {
			replies[m.ThreadTS] = replies[m.ThreadTS].with(users[m.User], ago(m.PostedAt.In(zoneOf(at.Viewer)), s.cfg.Now()))
		}
		if match(m) {
			all = append(all, messageAt(at, thread, users[m.User], m))
		}
	}
	for i, m := range all {
		all[i].Replies = replies[m.TS]
	}
	for _, e := range s.cfg.Slack.Ephemerals(at.Viewer.ID) {
		if e.Channel == at.Channel.ID && e.ThreadTS == thread {
			all = append(all, ephemeralAt(at, thread, users[s.cfg.Slack.BotUserID()], e))
		}
	}
	slices.SortStableFunc(all, func(a, b shownMessage) int { return cmp.Compare(a.TS, b.TS) })
	for i := range all {
		all[i].Follows = i > 0 && all[i].follows(all[i-1])
	}
	return all
}

// zoneOf returns the time zone of a person, or UTC if this machine does not know it.
func zoneOf(u slacksim.User) *time.Location {
	if known, ok := zones.Load(u.TZ); ok {
		if zone, ok := known.(*time.Location); ok {
			return zone
		}
	}
	zone, err := time.LoadLocation(u.TZ)
	if err != nil {
		zone = time.UTC
	}
	zones.Store(u.TZ, zone)
	return zone
}

// zones are the time zones by name: the standard library reads a file for each.
var zones sync.Map
