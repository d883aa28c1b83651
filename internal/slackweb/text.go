package slackweb

import (
	"cmp"
	"html/template"
	"net/url"
	"strings"
	"time"

	"extendbot/internal/slacksim/mrkdwn"
)

// markup renders Slack's markup as its reader sees it.
func (s *Site) markup(at place, text string) template.HTML {
	var out htmlWriter
	quoted := false
	for _, span := range mrkdwn.Parse(text) {
		if span.Quote != quoted {
			out.tag(map[bool]string{true: "<blockquote>", false: "</blockquote>"}[span.Quote])
			quoted = span.Quote
		}
		s.span(&out, at, span)
	}
	if quoted {
		out.tag("</blockquote>")
	}
	return out.html()
}

// plainText renders a text without markup.
func plainText(text string) template.HTML {
	var out htmlWriter
	for _, span := range mrkdwn.Plain(text) {
		out.text(span.Text)
	}
	return out.html()
}

// span renders a piece of a text.
func (s *Site) span(out *htmlWriter, at place, span mrkdwn.Span) {
	var closing string
	for _, style := range []struct {
		on  bool
		tag string
	}{{span.Bold, "b"}, {span.Italic, "i"}, {span.Strike, "s"}} {
		if style.on {
			out.tag("<" + style.tag + ">")
			closing = "</" + style.tag + ">" + closing
		}
	}
	switch span.Kind {
	case mrkdwn.Code:
		out.element("code", "", span.Text)
	case mrkdwn.Pre:
		out.element("pre", "", span.Text)
	case mrkdwn.User:
		u, _ := s.cfg.Slack.User(span.Text)
		out.element("span", mentionClass(u.ID != "" && u.ID == at.Viewer.ID), "@"+cmp.Or(u.Name, span.Text))
	case mrkdwn.Group:
		g, _ := s.cfg.Slack.Usergroup(span.Text)
		out.element("span", mentionClass(false), "@"+cmp.Or(g.Handle, span.Text))
	case mrkdwn.Special:
		out.element("span", mentionClass(true), "@"+span.Text)
	case mrkdwn.Channel:
		s.channelMention(out, at, span.Text)
	case mrkdwn.Link:
		out.link(s.address(at, span.URL), span.Text)
	case mrkdwn.Date:
		s.date(out, at, span)
	default:
		out.text(span.Text)
	}
	out.tag(closing)
}

func mentionClass(me bool) string {
	if me {
		return "mention mention-me"
	}
	return "mention"
}

// channelMention renders the mention of a channel, which leads there if the reader sees it.
func (s *Site) channelMention(out *htmlWriter, at place, id string) {
	ch, err := s.channelWithID(at.Viewer.ID, id)
	if err != nil {
		out.element("span", mentionClass(false), "#"+id)
		return
	}
	out.link(place{Viewer: at.Viewer, Channel: ch}.Path(), "#"+ch.Name)
}

// date renders a date in the reader's time zone.
func (s *Site) date(out *htmlWriter, at place, span mrkdwn.Span) {
	zone := zoneOf(at.Viewer)
	text := span.In(zone, s.cfg.Now())
	switch {
	case span.URL != "":
		out.link(s.address(at, span.URL), text)
	case span.Time.IsZero():
		out.text(text)
	default:
		t := span.Time.In(zone)
		out.tag(`<time datetime="` + t.Format(time.RFC3339) + `" title="` + t.Format("Monday, January 2, 2006 at 15:04:05 MST") + `">`)
		out.text(text)
		out.tag("</time>")
	}
}

// address returns where a link leads: a permalink of this Slack leads to the message in the
// page.
func (s *Site) address(at place, link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	path, isMessage := strings.CutPrefix(u.Path, "/archives/")
	if !isMessage || !strings.HasSuffix(u.Host, ".slack.com") {
		return link
	}
	here := url.URL{Path: "/as/" + at.Viewer.Name + "/archives/" + path, RawQuery: u.RawQuery}
	return here.String()
}

// htmlWriter builds HTML out of constant tags and escaped texts.
type htmlWriter struct{ strings.Builder }

// tag writes markup. It must not contain what people or the app wrote.
func (w *htmlWriter) tag(markup string) { w.WriteString(markup) }

// text writes a text, with its line breaks.
func (w *htmlWriter) text(s string) {
	w.WriteString(strings.ReplaceAll(template.HTMLEscapeString(s), "\n", "<br>"))
}

// element writes an element with a text.
func (w *htmlWriter) element(name, class, text string) {
	w.tag("<" + name)
	if class != "" {
		w.tag(` class="` + class + `"`)
	}
	w.tag(">")
	w.WriteString(template.HTMLEscapeString(text))
	w.tag("</" + name + ">")
}

// link writes a link, or only its text if it leads nowhere. Links that leave the page open
// another window.
func (w *htmlWriter) link(to, text string) {
	if to == "" {
		w.text(text)
		return
	}
	w.tag(`<a href="` + template.HTMLEscapeString(to) + `"`)
	if !strings.HasPrefix(to, "/") {
		w.tag(` target="_blank" rel="noopener noreferrer"`)
	}
	w.tag(">")
	w.text(text)
	w.tag("</a>")
}

func (w *htmlWriter) html() template.HTML {
	return template.HTML(w.String()) //nolint:gosec // every text in it is escaped
}
