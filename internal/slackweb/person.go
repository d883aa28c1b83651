package slackweb

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"extendbot/internal/slacksim"
)

// shownPerson is a person, or the app, as the templates see them.
type shownPerson struct {
	Name  string
	IsApp bool
	Hue   int    // of the avatar
	Path  string // the same place as this person sees it; "" where that does not matter
	Here  bool   // this is the viewer
}

// hues is how many colors avatars have. People whose names begin with neighboring letters have
// different ones.
const hues = 8

// shownAs returns a user as the templates see them.
func shownAs(u slacksim.User) shownPerson {
	first, _ := utf8.DecodeRuneInString(u.Name)
	return shownPerson{Name: u.Name, IsApp: u.IsBot, Hue: int(first) % hues}
}

// users returns everybody by id.
func (s *Site) users() map[string]slacksim.User {
	all := map[string]slacksim.User{}
	for _, u := range s.cfg.Slack.Users() {
		all[u.ID] = u
	}
	return all
}

// app returns the app's bot.
func (s *Site) app() shownPerson { return shownAs(s.users()[s.cfg.Slack.BotUserID()]) }

// peopleAt returns those that the viewer can be, each with their view of a place.
func (s *Site) peopleAt(at place) []shownPerson {
	var all []shownPerson
	for _, u := range s.people() {
		p := shownAs(u)
		p.Path, p.Here = s.as(at, u).Path(), u.ID == at.Viewer.ID
		all = append(all, p)
	}
	return all
}

// initial returns the first letter of a name, as a capital.
func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r))
}

// slug returns a text as a part of an element's id. Different texts have different ones.
func slug(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r == '-' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			out.WriteRune(r)
		} else {
			_, _ = fmt.Fprintf(&out, "_%x_", r) // a builder takes everything
		}
	}
	return out.String()
}
