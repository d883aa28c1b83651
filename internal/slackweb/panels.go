package slackweb

import "strconv"

// drawer renders the world outside Slack. The controls of a panel are a piece of their own,
// so that they stay as they are when the rest changes.
func (s *Site) drawer(place) (container, error) {
	c := container{ID: "drawer"}
	if s.cfg.Drawer == nil {
		return c, nil
	}
	for i, p := range s.cfg.Drawer.Panels() {
		id := "panel-" + strconv.Itoa(i+1)
		if err := s.add(&c, id, "panel.html", p); err != nil {
			return c, err
		}
		if len(p.Controls) == 0 {
			continue
		}
		if err := s.add(&c, id+"-controls", "controls.html", p); err != nil {
			return c, err
		}
	}
	return c, nil
}
