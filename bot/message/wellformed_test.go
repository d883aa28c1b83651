package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/internal/slacksim/blockkit"
)

var (
	// ours matches the tokens in angle brackets that this package writes itself.
	ours     = regexp.MustCompile(`<@[UW][A-Z0-9]{1,20}>|<!subteam\^S[A-Z0-9]{1,20}>|<#[CG][A-Z0-9]{1,20}>|<!date\^-?\d+\^(\{date_short_pretty\} )?\{time\}\|[^<>|]*>`)
	links    = regexp.MustCompile(`<https://[^<>|\s]+\|[0-9a-z-]+>`) // to cards
	entity   = regexp.MustCompile(`&(amp|lt|gt);`)
	codeSpan = regexp.MustCompile("`[^`\n]*`")
)

// maxTotal is below the total size of texts at which Slack returns
// msg_blocks_too_long. The limit is not documented; it is about 13,000.
const maxTotal = 12000

// wellFormed returns what is wrong with a message: with its blocks, its text, or
// any part that Slack would take for markup.
func wellFormed(m Message) error {
	errs := []error{blockkit.Check(blockkit.Message, m.Blocks), classic(m.Blocks)}
	if m.Text == "" || mrkdwn.Len(m.Text) > maxText || mrkdwn.Len(m.Plain()) > maxText {
		errs = append(errs, fmt.Errorf("the text has %d characters, the plain one %d", mrkdwn.Len(m.Text), mrkdwn.Len(m.Plain())))
	}
	for _, text := range append(mrkdwnOf(m.Blocks), m.Text, m.Plain()) {
		errs = append(errs, inert(text))
	}
	frame, err := json.Marshal(slack.Msg{Text: m.Text, Blocks: slack.Blocks{BlockSet: m.Blocks}})
	if err != nil || len(frame) > 40_000 {
		errs = append(errs, err, fmt.Errorf("the message has %d bytes as JSON", len(frame)))
	}
	return errors.Join(errs...)
}

// classic returns what blocks contain that this package does not use: newer
// kinds of blocks and elements, mrkdwn in which Slack looks for names and links,
// and more text than is safe.
func classic(blocks []slack.Block) error {
	var errs []error
	total := 0
	for i, b := range blocks {
		for _, t := range textsOf(b) {
			total += mrkdwn.Len(t.Text)
			if t.Type == slack.MarkdownType && !t.Verbatim {
				errs = append(errs, fmt.Errorf("block %d: not verbatim: %q", i, t.Text))
			}
			if b.BlockType() == slack.MBTContext && mrkdwn.Len(t.Text) > maxField {
				errs = append(errs, fmt.Errorf("block %d: %d characters in an element", i, mrkdwn.Len(t.Text)))
			}
		}
		switch b := b.(type) {
		case *slack.HeaderBlock, *slack.SectionBlock, *slack.DividerBlock:
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if _, ok := e.(*slack.TextBlockObject); !ok {
					errs = append(errs, fmt.Errorf("block %d: element %T", i, e))
				}
			}
		case *slack.ActionBlock:
			for _, e := range b.Elements.ElementSet {
				if _, ok := e.(*slack.ButtonBlockElement); !ok {
					errs = append(errs, fmt.Errorf("block %d: element %T", i, e))
				}
			}
		default:
			errs = append(errs, fmt.Errorf("block %d: %s", i, b.BlockType()))
		}
	}
	if total > maxTotal {
		errs = append(errs, fmt.Errorf("%d characters in all blocks", total))
	}
	return errors.Join(errs...)
}

// What this package must not send is found by the check that its tests rely on.
func TestClassic_FindsWhatIsNotUsed(t *testing.T) {
	t.Parallel()
	text := func(n int) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.MarkdownType, strings.Repeat("ä", n), false, true)
	}
	section := func(text *slack.TextBlockObject) slack.Block { return slack.NewSectionBlock(text, nil, nil) }
	button := slack.NewButtonBlockElement("a", "v", slack.NewTextBlockObject(slack.PlainTextType, "a", false, false))
	for name, c := range map[string]struct {
		blocks []slack.Block
		ok     bool
	}{
		"no blocks":              {nil, true},
		"text":                   {[]slack.Block{section(text(3000)), slack.NewDividerBlock()}, true},
		"text in context":        {[]slack.Block{slack.NewContextBlock("", text(2000))}, true},
		"a button":               {[]slack.Block{slack.NewActionBlock("", button)}, true},
		"mrkdwn not verbatim":    {[]slack.Block{section(slack.NewTextBlockObject(slack.MarkdownType, "a", false, false))}, false},
		"a newer block":          {[]slack.Block{slack.NewMarkdownBlock("", "a")}, false},
		"an image in context":    {[]slack.Block{slack.NewContextBlock("", slack.NewImageBlockElement("u", "a"))}, false},
		"a long text in context": {[]slack.Block{slack.NewContextBlock("", text(2001))}, false},
		"a picker":               {[]slack.Block{slack.NewActionBlock("", slack.NewDatePickerBlockElement("a"))}, false},
		"too much all together":  {slices.Repeat([]slack.Block{section(text(2900))}, 5), false},
	} {
		if err := classic(c.blocks); (err == nil) != c.ok {
			t.Errorf("%s: %v, want ok %v", name, err, c.ok)
		}
	}
}

// textsOf returns every text object of a block.
func textsOf(block slack.Block) []*slack.TextBlockObject {
	var texts []*slack.TextBlockObject
	add := func(list ...*slack.TextBlockObject) {
		for _, t := range list {
			if t != nil {
				texts = append(texts, t)
			}
		}
	}
	switch b := block.(type) {
	case *slack.HeaderBlock:
		add(b.Text)
	case *slack.SectionBlock:
		add(b.Text)
		add(b.Fields...)
	case *slack.ContextBlock:
		for _, e := range b.ContextElements.Elements {
			if t, ok := e.(*slack.TextBlockObject); ok {
				add(t)
			}
		}
	case *slack.ActionBlock:
		for _, e := range b.Elements.ElementSet {
			if button, ok := e.(*slack.ButtonBlockElement); ok {
				add(button.Text)
				if d := button.Confirm; d != nil {
					add(d.Title, d.Text, d.Confirm, d.Deny)
				}
			}
		}
	}
	return texts
}

// mrkdwnOf returns every mrkdwn text of blocks.
func mrkdwnOf(blocks []slack.Block) []string {
	var texts []string
	for _, b := range blocks {
		for _, t := range textsOf(b) {
			if t.Type == slack.MarkdownType {
				texts = append(texts, t.Text)
			}
		}
	}
	return texts
}

// inert returns an error if a mrkdwn text has any markup that is not ours.
func inert(text string) error {
	rest := entity.ReplaceAllString(links.ReplaceAllString(ours.ReplaceAllString(text, ""), ""), "")
	switch {
	case strings.ContainsAny(rest, "<>&"):
		return fmt.Errorf("raw markup in %q", text)
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\ufe0f' && mrkdwn.Invisible(r) }):
		return fmt.Errorf("invisible characters in %q", text)
	case strings.Contains(codeSpan.ReplaceAllString(rest, ""), "`"):
		return fmt.Errorf("an open code span in %q", text)
	case strings.Contains(strings.ToLower(codeSpan.ReplaceAllString(rest, "")), "evil"):
		return fmt.Errorf("text from outside is outside a code span in %q", text)
	case strings.ContainsFunc(text, unicode.IsControl) && !strings.Contains(text, "\n"):
		return fmt.Errorf("control characters in %q", text)
	}
	return nil
}
