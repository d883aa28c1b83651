package slackweb

import (
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// modal renders the modals that the viewer has open, the visible one last.
func (s *Site) modal(at place) (container, error) {
	c := container{ID: "modal"}
	for _, v := range s.cfg.Slack.Views(at.Viewer.ID) {
		id := "modal-" + slug(v.ID)
		if err := s.add(&c, id, "modal.html", struct {
			At     place
			App    shownPerson
			ID     string
			View   slacksim.View
			Blocks []shownBlock
		}{at, s.app(), id, v, s.blocks(surface{reader: s.readerAt(at), Form: id + "-press", View: &v}, blockkit.Blocks(v.Blocks))}); err != nil {
			return c, err
		}
	}
	return c, nil
}

// home renders the app's Home tab.
func (s *Site) home(at place) (container, error) {
	c := container{ID: "home"}
	if !at.Home {
		return c, nil
	}
	const form = "home-press"
	err := s.add(&c, "home-all", "home.html", struct {
		At     place
		App    shownPerson
		Form   string
		Blocks []shownBlock
	}{at, s.app(), form, s.blocks(surface{reader: s.readerAt(at), Form: form}, blockkit.Blocks(s.cfg.Slack.Home(at.Viewer.ID)))})
	return c, err
}
