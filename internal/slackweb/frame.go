package slackweb

import (
	"cmp"
	"strings"
)

// frame is what the template of the page gets: the containers, and what is around them.
type frame struct {
	At         place
	Site       Config
	Version    string // of the site's files
	Title      string
	Workspace  string
	App, Me    shownPerson
	People     []shownPerson // those that the viewer can be
	Second     *shownPerson  // somebody else, for a second window
	Members    []string      // of the channel
	Containers map[string]container

	Home, Messages  place // of the app
	Closed          place // without the thread
	Composer, Reply composer
}

// composer is a form for messages.
type composer struct {
	ID        string // of its text
	At        place
	Thread    string // in which it writes; "" for none
	Label     string
	Commands  []Command
	Shortcuts []Shortcut
}

// MemberNames returns the names of the channel's members.
func (f frame) MemberNames() string { return strings.Join(f.Members, ", ") }

// frame returns the page of a place.
func (s *Site) frame(at place, containers []container) frame {
	f := frame{
		At: at, Site: s.cfg, Version: s.version, Workspace: workspaceName, App: s.app(), Me: shownAs(at.Viewer), People: s.peopleAt(at),
		Containers: map[string]container{}, Closed: at.InThread(""),
	}
	for _, c := range containers {
		f.Containers[c.ID] = c
	}
	direct := s.direct(at.Viewer)
	f.Messages = place{Viewer: at.Viewer, Channel: direct}
	f.Home = place{Viewer: at.Viewer, Channel: direct, Home: true}
	users := s.users()
	for _, id := range s.cfg.Slack.Members(at.Channel.ID) {
		f.Members = append(f.Members, cmp.Or(users[id].Name, id))
	}
	for _, p := range f.People {
		if !p.Here && f.Second == nil {
			f.Second = &p
		}
	}
	where := "#" + at.Channel.Name
	if at.Channel.IM {
		where = f.App.Name
	}
	f.Title = where
	if at.Home {
		f.Title += " Home"
	}
	f.Composer = composer{"say-text", at, "", "Message " + where, s.cfg.App.Commands, s.cfg.App.Shortcuts}
	f.Reply = composer{"reply-text", at, at.Thread, "Reply…", nil, s.cfg.App.Shortcuts}
	return f
}

// workspaceName is what the page calls the workspace.
const workspaceName = "Local workspace"
