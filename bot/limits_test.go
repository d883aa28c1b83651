package bot

import (
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func TestCheckFindsWhatSlackRefuses(t *testing.T) {
	text := func(n int) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.MarkdownType, strings.Repeat("ä", n), false, true)
	}
	plain := func(n int) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, strings.Repeat("ä", n), false, false)
	}
	sections := func(n int) []slack.Block { return slices.Repeat([]slack.Block{section("a")}, n) }
	fields := func(n int) []*slack.TextBlockObject {
		return slices.Repeat([]*slack.TextBlockObject{text(1)}, n)
	}
	buttons := func(b ...slack.BlockElement) []slack.Block {
		return []slack.Block{slack.NewActionBlock("", b...)}
	}
	one := func(b slack.Block) []slack.Block { return []slack.Block{b} }
	styled := slack.NewButtonBlockElement("a", "v", plain(75))
	styled.Style = "loud"

	for name, c := range map[string]struct {
		blocks []slack.Block
		ok     bool
	}{
		"no blocks":             {nil, true},
		"50 blocks":             {sections(50), true},
		"51 blocks":             {sections(51), false},
		"a full section":        {one(slack.NewSectionBlock(text(3000), nil, nil)), true},
		"a longer section":      {one(slack.NewSectionBlock(text(3001), nil, nil)), false},
		"a section of nothing":  {one(slack.NewSectionBlock(nil, nil, nil)), false},
		"an empty text":         {one(slack.NewSectionBlock(text(0), nil, nil)), false},
		"10 fields":             {one(slack.NewSectionBlock(nil, fields(10), nil)), true},
		"11 fields":             {one(slack.NewSectionBlock(nil, fields(11), nil)), false},
		"a long field":          {one(slack.NewSectionBlock(nil, []*slack.TextBlockObject{text(2001)}, nil)), false},
		"a full header":         {one(slack.NewHeaderBlock(plain(150))), true},
		"a longer header":       {one(slack.NewHeaderBlock(plain(151))), false},
		"a header in mrkdwn":    {one(slack.NewHeaderBlock(text(5))), false},
		"a full context":        {one(slack.NewContextBlock("", slices.Repeat([]slack.MixedElement{text(1)}, 10)...)), true},
		"a longer context":      {one(slack.NewContextBlock("", slices.Repeat([]slack.MixedElement{text(1)}, 11)...)), false},
		"an image in context":   {one(slack.NewContextBlock("", slack.NewImageBlockElement("u", "a"))), false},
		"two buttons":           {buttons(slack.NewButtonBlockElement("a", "v", plain(75)), slack.NewButtonBlockElement("b", "v", plain(1))), true},
		"an action_id twice":    {buttons(slack.NewButtonBlockElement("a", "v", plain(1)), slack.NewButtonBlockElement("a", "v", plain(1))), false},
		"a long button":         {buttons(slack.NewButtonBlockElement("a", "v", plain(76))), false},
		"a long value":          {buttons(slack.NewButtonBlockElement("a", strings.Repeat("v", 2001), plain(1))), false},
		"a style of its own":    {buttons(styled), false},
		"no buttons":            {buttons(), false},
		"a picker":              {buttons(slack.NewDatePickerBlockElement("a")), false},
		"a divider":             {one(slack.NewDividerBlock()), true},
		"a long block_id":       {one(slack.NewContextBlock(strings.Repeat("i", 256), text(1))), false},
		"a newer block":         {one(slack.NewMarkdownBlock("", "a")), false},
		"mrkdwn not verbatim":   {one(slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "a", false, false), nil, nil)), false},
		"too much all together": {slices.Repeat(one(slack.NewSectionBlock(text(2900), nil, nil)), 5), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Check(c.blocks); (err == nil) != c.ok {
				t.Errorf("Check: %v, want ok %v", err, c.ok)
			}
		})
	}
}
