package slackweb

// shownLink is a conversation in the sidebar.
type shownLink struct {
	Name, Path    string
	Here, Private bool
	Unread        int
}

// sidebar renders the list of conversations.
func (s *Site) sidebar(at place) (container, error) {
	c := container{ID: "sidebar"}
	data := struct {
		App            shownPerson
		Channels       []shownLink
		Home, Messages shownLink
	}{App: s.app()}
	if !at.Home { // what the viewer looks at is read
		if all := s.cfg.Slack.Messages(at.Channel.ID); len(all) > 0 {
			s.marks.mark(at.Viewer.ID, at.Channel.ID, all[len(all)-1].TS)
		}
	}
	for _, ch := range s.cfg.Slack.Channels(at.Viewer.ID) {
		if !ch.IM {
			data.Channels = append(data.Channels, shownLink{
				Name: ch.Name, Path: place{Viewer: at.Viewer, Channel: ch}.Path(), Here: ch.ID == at.Channel.ID, Private: ch.Private,
				Unread: s.unread(at.Viewer.ID, ch.ID),
			})
		}
	}
	direct := s.direct(at.Viewer)
	data.Home = shownLink{Path: place{Viewer: at.Viewer, Channel: direct, Home: true}.Path(), Here: at.Home}
	data.Messages = shownLink{
		Path: place{Viewer: at.Viewer, Channel: direct}.Path(), Here: at.Channel.IM && !at.Home, Unread: s.unread(at.Viewer.ID, direct.ID),
	}
	err := s.add(&c, "sidebar-all", "sidebar.html", data)
	return c, err
}
