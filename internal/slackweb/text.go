package slackweb

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/mrkdwn"
)

// reader is somebody who reads texts: names and times are as they see them.
type reader struct {
	site *Site
	at   place
	zone *time.Location
	now  time.Time
}

// readerAt returns the viewer of a place as a reader.
func (s *Site) readerAt(at place) reader {
	return reader{site: s, at: at, zone: zoneOf(at.Viewer), now: s.cfg.Now()}
}

// shownText is a text as the templates see it: lines, quotes and blocks of code.
type shownText []shownLines

// shownLines are spans that are all in a quote, or a block of code, or neither.
type shownLines struct {
	Quote, Pre bool
	Spans      []shownSpan
}

// shownSpan is a piece of a text with one look.
type shownSpan struct {
	mrkdwn.Style

	Kind, Text string
	Me         bool   // mentions the viewer
	URL        string // "" if it leads nowhere
	Here       bool   // the URL is on this page
	Time       time.Time
}

// text returns a text object as the templates see it.
func (r reader) text(t blockkit.Text) shownText {
	var out shownText
	isPre := false
	for _, s := range t.Spans() {
		if isPre && s.Kind == mrkdwn.Text {
			s.Text = strings.TrimPrefix(s.Text, "\n") // the block of code has ended its line
		}
		isPre = s.Kind == mrkdwn.Pre
		if s.Kind == mrkdwn.Text && s.Text == "" {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Quote != s.Quote || isPre || out[n-1].Pre {
			out = append(out, shownLines{Quote: s.Quote, Pre: isPre})
		}
		last := &out[len(out)-1]
		last.Spans = append(last.Spans, r.span(s))
	}
	return out
}

// span returns a span as the templates see it.
func (r reader) span(s mrkdwn.Span) shownSpan {
	out := shownSpan{Style: s.Style, Kind: "text", Text: s.Text}
	switch s.Kind {
	case mrkdwn.Code:
		out.Kind = "code"
	case mrkdwn.User:
		u, _ := r.site.cfg.Slack.User(s.Text)
		out.Kind, out.Text, out.Me = "mention", "@"+cmp.Or(u.Name, s.Text), s.Text == r.at.Viewer.ID
	case mrkdwn.Group:
		g, _ := r.site.cfg.Slack.Usergroup(s.Text)
		out.Kind, out.Text, out.Me = "mention", "@"+cmp.Or(g.Handle, s.Text), slices.Contains(g.Members, r.at.Viewer.ID)
	case mrkdwn.Special:
		out.Kind, out.Text, out.Me = "mention", "@"+s.Text, true
	case mrkdwn.Channel:
		out.Kind, out.Text = "mention", "a private channel"
		if ch, err := r.site.channelWithID(r.at.Viewer.ID, s.Text); err == nil {
			out.Kind, out.Text, out.Here = "link", conversationName(ch), true
			out.URL = place{Viewer: r.at.Viewer, Channel: ch}.Path()
		}
	case mrkdwn.Link:
		out.Kind = "link"
		out.URL, out.Here = r.address(s.URL)
	case mrkdwn.Date:
		out.Kind, out.Text, out.Time = "date", s.In(r.zone, r.now), s.Time.In(r.zone)
		out.URL, out.Here = r.address(s.URL)
	case mrkdwn.Text, mrkdwn.Pre:
	}
	return out
}

// permalinkPath is the path of a message's permalink.
var permalinkPath = regexp.MustCompile(`^/archives/[A-Z0-9]+/p[0-9]+$`)

// address returns where a link leads: the permalink of a message of this workspace leads to
// the message in this page.
func (r reader) address(link string) (address string, here bool) {
	u, err := url.Parse(link)
	if err != nil || u.Host != r.site.cfg.Slack.TeamDomain()+".slack.com" || !permalinkPath.MatchString(u.Path) {
		return link, false
	}
	address = "/as/" + url.PathEscape(r.at.Viewer.Name) + u.Path
	if u.RawQuery != "" {
		address += "?" + u.RawQuery
	}
	return address, true
}

// plain returns a text without markup as the templates see it.
func plain(text string) shownText {
	return shownText{{Spans: []shownSpan{{Kind: "text", Text: text}}}}
}
