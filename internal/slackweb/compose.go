package slackweb

import (
	"regexp"
	"strings"

	"extendbot/internal/slacksim"
)

// reference is what a person types to mention somebody, or a channel.
var reference = regexp.MustCompile(`(^|[^\pL\d._@#/-])([@#])([\pL\d][\pL\d._-]*)`)

// written returns what a person typed as Slack writes it: @alice and #ops become references,
// and nothing else is markup that Slack would not make of it.
// https://docs.slack.dev/messaging/formatting-message-text
func (s *Site) written(viewer, text string) string {
	return reference.ReplaceAllStringFunc(slacksim.EscapeText(text), func(found string) string {
		m := reference.FindStringSubmatch(found)
		before, sign, name := m[1], m[2], strings.TrimRight(m[3], "._-")
		rest := m[3][len(name):]
		if id := s.referred(viewer, sign, name); id != "" {
			return before + "<" + id + ">" + rest
		}
		return found
	})
}

// referred returns what a reference to a name has between its angle brackets, or "" if
// there is nobody and nothing with that name.
func (s *Site) referred(viewer, sign, name string) string {
	if sign == "#" {
		if ch, err := s.channelNamed(viewer, name); err == nil {
			return "#" + ch.ID
		}
		return ""
	}
	switch name {
	case "here", "channel", "everyone":
		return "!" + name
	}
	for _, u := range s.cfg.Slack.Users() {
		if strings.EqualFold(u.Name, name) {
			return "@" + u.ID
		}
	}
	return ""
}
