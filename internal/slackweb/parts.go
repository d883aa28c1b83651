package slackweb

import "extendbot/internal/slacksim"

// sidebar renders the list of conversations, and of the people that the viewer can be.
func (s *Site) sidebar(at place) (container, error) {
	c := container{ID: "sidebar"}
	type link struct {
		Name, Path string
		Here       bool
	}
	var data struct {
		At               place
		Channels, People []link
		Home, Messages   link
	}
	data.At = at
	for _, ch := range s.cfg.Slack.Channels(at.Viewer.ID) {
		if !ch.IM {
			data.Channels = append(data.Channels, link{ch.Name, place{Viewer: at.Viewer, Channel: ch}.Path(), ch.ID == at.Channel.ID})
		}
	}
	direct := s.direct(at.Viewer)
	data.Home = link{"Home", place{Viewer: at.Viewer, Channel: direct, Home: true}.Path(), at.Home}
	data.Messages = link{"Messages", place{Viewer: at.Viewer, Channel: direct}.Path(), at.Channel.IM && !at.Home}
	for _, u := range s.people() {
		data.People = append(data.People, link{u.Name, s.as(at, u).Path(), u.ID == at.Viewer.ID})
	}
	return c, s.add(&c, "sidebar-all", "sidebar.html", data)
}

// modal renders the modal that the viewer has open.
func (s *Site) modal(at place) (container, error) {
	c := container{ID: "modal"}
	open := s.cfg.Slack.Views(at.Viewer.ID)
	if len(open) == 0 {
		return c, nil
	}
	return c, s.add(&c, "modal-"+open[len(open)-1].ID, "modal.html", struct {
		At   place
		View slacksim.View
	}{at, open[len(open)-1]})
}

// drawer renders the world outside Slack.
func (s *Site) drawer(place) (container, error) {
	c := container{ID: "drawer"}
	if s.cfg.Drawer == nil {
		return c, nil
	}
	for _, p := range s.cfg.Drawer.Panels() {
		if err := s.add(&c, "panel-"+p.Title, "panel.html", p); err != nil {
			return c, err
		}
	}
	return c, nil
}
