package slackweb

import (
	"html/template"
	"strings"
)

// markup renders Slack's markup as its reader sees it.
func (s *Site) markup(_ place, text string) template.HTML { return plainText(text) }

// plainText renders a text without markup.
func plainText(text string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(text), "\n", "<br>")) //nolint:gosec // escaped
}
