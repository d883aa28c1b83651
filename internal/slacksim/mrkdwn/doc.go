// Package mrkdwn reads Slack's markup for texts as a client does, for those that show the
// simulated Slack: a terminal and a page. [Parse] returns pieces that know nothing of where
// they are shown. It accepts any text, in linear time.
//
// https://docs.slack.dev/messaging/formatting-message-text
package mrkdwn

import "time"

// Kind says what a span is.
type Kind int

// The kinds of spans.
const (
	Text    Kind = iota
	Code         // between backquotes
	Pre          // a block of code, which can have several lines
	User         // a mention; Text is the id
	Channel      // a mention; Text is the id
	Group        // a mention; Text is the id
	Special      // a mention of many: "here", "channel" or "everyone"
	Link         // Text is its label, URL where it leads
	Date         // Text is what is shown if Time is zero
)

// Style is how a span looks.
type Style struct{ Bold, Italic, Strike, Quote bool }

// Span is a piece of a text with one look. Text is what people read, without entities; it can
// have line breaks.
type Span struct {
	Kind Kind
	Text string
	Style
	URL string // of a link, or of a date that is one; else "". It begins with http, https or mailto

	Time   time.Time // of a date
	format string
}
