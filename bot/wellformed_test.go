package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/slack-go/slack"
)

var (
	// ours are the tokens in angle brackets that this package writes itself.
	ours     = regexp.MustCompile(`<@[UW][A-Z0-9]{1,20}>|<#[CG][A-Z0-9]{1,20}>|<!date\^-?\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>`)
	entity   = regexp.MustCompile(`&(amp|lt|gt);`)
	codeSpan = regexp.MustCompile("`[^`\n]*`")
)

// wellFormed says what is wrong with a message: with its blocks, with its text
// or with anything in it that Slack would take for markup of ours.
func wellFormed(m Message) error {
	errs := []error{Check(m.Blocks)}
	if m.Text == "" || runes(m.Text) > maxText {
		errs = append(errs, fmt.Errorf("the text has %d characters", runes(m.Text)))
	}
	for _, text := range append(mrkdwnOf(m.Blocks), m.Text, m.Plain().Text) {
		errs = append(errs, inert(text))
	}
	frame, err := json.Marshal(slack.Msg{Text: m.Text, Blocks: slack.Blocks{BlockSet: m.Blocks}})
	if err != nil || len(frame) > 40_000 {
		errs = append(errs, err, fmt.Errorf("the message has %d bytes as JSON", len(frame)))
	}
	return errors.Join(errs...)
}

// inert says whether a mrkdwn text has any markup that is not ours.
func inert(text string) error {
	rest := entity.ReplaceAllString(ours.ReplaceAllString(text, ""), "")
	switch {
	case strings.ContainsAny(rest, "<>&"):
		return fmt.Errorf("raw markup in %q", text)
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\ufe0f' && invisible(r) }):
		return fmt.Errorf("invisible characters in %q", text)
	case strings.Contains(codeSpan.ReplaceAllString(rest, ""), "`"):
		return fmt.Errorf("an open code span in %q", text)
	case strings.Contains(strings.ToLower(codeSpan.ReplaceAllString(rest, "")), "evil"):
		return fmt.Errorf("text from outside stands in the open in %q", text)
	case strings.ContainsFunc(text, unicode.IsControl) && !strings.Contains(text, "\n"):
		return fmt.Errorf("control characters in %q", text)
	}
	return nil
}

// mrkdwnOf gives every mrkdwn text of blocks.
func mrkdwnOf(blocks []slack.Block) []string {
	var texts []string
	add := func(t *slack.TextBlockObject) {
		if t != nil && t.Type == slack.MarkdownType {
			texts = append(texts, t.Text)
		}
	}
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.SectionBlock:
			add(b.Text)
			for _, f := range b.Fields {
				add(f)
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slack.TextBlockObject); ok {
					add(t)
				}
			}
		}
	}
	return texts
}
