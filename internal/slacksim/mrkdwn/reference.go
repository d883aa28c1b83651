package mrkdwn

import (
	"strings"
	"unicode"
)

// reference reads a mention, a date or a link from behind its <, and returns false if there is
// none. What is none, such as a link that a client does not open, is text.
func (p *parser) reference(from int) bool {
	end := p.next('>', from)
	if end == len(p.text) || end > p.next('<', from) || end > p.next('\n', from) {
		return false
	}
	s, known := referenceTo(p.text[from:end])
	if known {
		p.add(s)
		p.skip('>', end+1)
	}
	return known
}

// referenceTo returns what the inside of <…> means.
func referenceTo(inside string) (s Span, known bool) {
	target, label, _ := strings.Cut(inside, "|")
	label = unescape(label)
	if strings.HasPrefix(target, "!date^") {
		s = date(target, label)
		return s, !s.Time.IsZero() || s.Text != ""
	}
	for prefix, kind := range map[string]Kind{"@": User, "#": Channel, "!subteam^": Group} {
		if id, found := strings.CutPrefix(target, prefix); found {
			return Span{Kind: kind, Text: id}, isID(id)
		}
	}
	switch target {
	case "!here", "!channel", "!everyone":
		return Span{Kind: Special, Text: target[1:]}, true
	}
	target = safe(unescape(target))
	if label == "" {
		label = target
	}
	return Span{Kind: Link, Text: Emoji(label), URL: target}, target != ""
}

// isID reports whether a text could be the id of a user, a channel or a group.
func isID(text string) bool {
	return text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// safe returns a URL that a client opens, or "".
func safe(url string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme) && !strings.ContainsFunc(url, noURL) {
			return url
		}
	}
	return ""
}

// noURL reports whether a character cannot be in a URL.
func noURL(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// entities are the characters that Slack escapes.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
var entities = []struct{ name, char string }{{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}

var replacer = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(s string) string { return replacer.Replace(s) }
