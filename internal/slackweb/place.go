package slackweb

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"extendbot/internal/slacksim"
)

// place is what a window shows: who looks, and at what.
type place struct {
	Viewer  slacksim.User
	Channel slacksim.Channel // the conversation; the direct messages with the app on its Home tab
	Home    bool             // the app's Home tab
	Thread  string           // the ts of the message whose thread is open; "" for none
}

// Path returns the address of the place.
func (p place) Path() string {
	path := p.channelPath()
	if p.Thread != "" {
		path += "?thread=" + url.QueryEscape(p.Thread)
	}
	return path
}

// channelPath returns the address of the place without its thread.
func (p place) channelPath() string {
	path := "/as/" + url.PathEscape(p.Viewer.Name)
	switch {
	case p.Home:
		return path + "/app"
	case p.Channel.IM:
		return path + "/app/messages"
	default:
		return path + "/c/" + url.PathEscape(p.Channel.Name)
	}
}

// InThread returns the place with the thread of a message open, or with none for "".
func (p place) InThread(ts string) place {
	p.Thread, p.Home = ts, false
	return p
}

// As returns the same place as another person sees it.
func (s *Site) as(p place, viewer slacksim.User) place {
	p.Viewer = viewer
	if p.Channel.IM {
		p.Channel = s.direct(viewer)
		p.Thread = ""
	}
	return p
}

// direct returns the direct messages of a person with the app.
func (s *Site) direct(u slacksim.User) slacksim.Channel {
	return slacksim.Channel{ID: s.cfg.Slack.DirectChannel(u.ID), IM: true, Private: true, User: u.ID}
}

// errNoSuchPlace means that there is no such person, channel or thread.
var errNoSuchPlace = errors.New("there is no such person, channel or thread here")

// people returns those that the viewer can be.
func (s *Site) people() []slacksim.User {
	return slices.DeleteFunc(s.cfg.Slack.Users(), func(u slacksim.User) bool { return u.IsBot || u.Deleted })
}

// viewer returns the person that a request names.
func (s *Site) viewer(r *http.Request) (slacksim.User, error) {
	for _, u := range s.people() {
		if u.Name == r.PathValue("user") {
			return u, nil
		}
	}
	return slacksim.User{}, errNoSuchPlace
}

// channelNamed returns the channel with this name that a person sees.
func (s *Site) channelNamed(viewer, name string) (slacksim.Channel, error) {
	for _, ch := range s.cfg.Slack.Channels(viewer) {
		if ch.Name == name && !ch.IM {
			return ch, nil
		}
	}
	return slacksim.Channel{}, errNoSuchPlace
}

// channelWithID returns the conversation with this id that a person sees.
func (s *Site) channelWithID(viewer, id string) (slacksim.Channel, error) {
	for _, ch := range s.cfg.Slack.Channels(viewer) {
		if ch.ID == id {
			return ch, nil
		}
	}
	return slacksim.Channel{}, errNoSuchPlace
}

// placeOf returns the place that a request's path and query name.
func (s *Site) placeOf(r *http.Request) (p place, err error) {
	if p.Viewer, err = s.viewer(r); err != nil {
		return p, err
	}
	name := r.PathValue("channel")
	if name == "" {
		p.Channel, p.Home = s.direct(p.Viewer), r.PathValue("tab") == ""
	} else if p.Channel, err = s.channelNamed(p.Viewer.ID, name); err != nil {
		return p, err
	}
	if p.Thread = r.URL.Query().Get("thread"); p.Thread != "" {
		if _, ok := s.cfg.Slack.Message(p.Channel.ID, p.Thread); !ok {
			return p, errNoSuchPlace
		}
	}
	return p, nil
}
