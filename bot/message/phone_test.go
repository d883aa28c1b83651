package message

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// phoneWidth is about how many characters of a message a phone shows in a line.
const phoneWidth = 40

// onPhone renders blocks as a phone shows them: fields below each other, people
// and times as they are displayed, no markup, and lines of phoneWidth.
func onPhone(blocks []slack.Block) string {
	var b strings.Builder
	show := func(text string) { b.WriteString(wrap(shown(text), phoneWidth) + "\n") }
	for _, block := range blocks {
		switch block := block.(type) {
		case *slack.HeaderBlock:
			show(block.Text.Text)
		case *slack.DividerBlock:
			show("────")
		case *slack.SectionBlock:
			if block.Text != nil {
				show(block.Text.Text)
			}
			for _, f := range block.Fields {
				show(f.Text)
			}
			if block.Accessory != nil && block.Accessory.ButtonElement != nil {
				show("[" + block.Accessory.ButtonElement.Text.Text + "]")
			}
		case *slack.ContextBlock:
			for _, e := range block.ContextElements.Elements {
				show(e.(*slack.TextBlockObject).Text)
			}
		case *slack.ActionBlock:
			for _, e := range block.Elements.ElementSet {
				b.WriteString("[" + e.(*slack.ButtonBlockElement).Text.Text + "] ")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// phoneLines returns how many lines a phone needs for a text.
func phoneLines(text string) int { return 1 + strings.Count(wrap(shown(text), phoneWidth), "\n") }

var (
	slackDate = regexp.MustCompile(`<!date\^(-?\d+)\^([^|>]*)\|[^>]*>`)
	slackLink = regexp.MustCompile(`<[^@#!|>][^|>]*\|([^>]*)>`)
	slackName = regexp.MustCompile(`<(@|#|!subteam\^)([^|>]*)>`)
	marks     = strings.NewReplacer("`", "", "*", "", "&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// shown returns what a reader in UTC sees of a mrkdwn text.
func shown(text string) string {
	text = slackDate.ReplaceAllStringFunc(text, func(token string) string {
		part := slackDate.FindStringSubmatch(token)
		unix, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil {
			return token
		}
		at := time.Unix(unix, 0).UTC()
		day := at.Format("Jan 2, 2006")
		if at.Sub(testNow).Abs() < 180*24*time.Hour { // Slack leaves out the year for six months
			day = at.Format("Jan 2")
		}
		if at.Truncate(24 * time.Hour).Equal(testNow.Truncate(24 * time.Hour)) {
			day = "today"
		}
		return strings.NewReplacer("{date_short_pretty}", day, "{time}", at.Format("15:04")).Replace(part[2])
	})
	text = slackName.ReplaceAllStringFunc(text, func(token string) string {
		part := slackName.FindStringSubmatch(token)
		return strings.Replace(part[1], "!subteam^", "@", 1) + strings.ToLower(part[2][min(len(part[2]), 2):])
	})
	return marks.Replace(slackLink.ReplaceAllString(text, "$1"))
}

// wrap breaks lines that are longer than width at blanks, and words that are
// longer than width anywhere.
func wrap(text string, width int) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		current := ""
		for word := range strings.FieldsSeq(line) {
			if current != "" && mrkdwn.Len(current)+1+mrkdwn.Len(word) <= width {
				current += " " + word
				continue
			}
			if current != "" {
				lines = append(lines, current)
			}
			for mrkdwn.Len(word) > width {
				lines = append(lines, firstRunes(word, width))
				word = string([]rune(word)[width:])
			}
			current = word
		}
		lines = append(lines, current)
	}
	return strings.Join(lines, "\n")
}

// The golden files show messages as a phone does.
func TestOnPhone_ShowsWhatPeopleSee(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*`web-1`* &lt;3 &amp; 4":                      "web-1 <3 & 4",
		"<@U0ALICE> in <#C0OPS>":                       "@alice in #ops",
		"<!subteam^S0LEADS>, <@U0ALICE>":               "@leads, @alice",
		"<https://example.com/archives/C1/p1|`06pp`>.": "06pp.",
		date(testNow.Add(time.Hour)):                   "today 11:04",
		date(testNow.Add(48 * time.Hour)):              "Mar 4 10:04",
		date(testNow.AddDate(-1, 0, 0)):                "Mar 2, 2025 10:04",
		strings.Repeat("x", 41) + " y":                 strings.Repeat("x", 40) + "\nx y",
		strings.Repeat("four ", 9):                     "four four four four four four four four\nfour",
	} {
		if got := wrap(shown(text), phoneWidth); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := phoneLines("one\n" + strings.Repeat("x", 41)); got != 3 {
		t.Errorf("%d lines", got)
	}
}

// What most people read fits on a phone without scrolling.
func TestOnPhone_FewLines(t *testing.T) {
	t.Parallel()
	known := testView(testOrder(order.Pending))
	known.Lease, known.Order.Typed, known.Order.Purpose = leaseOf(testReceipt()), "3 days", "the demo is on Monday"
	first := testView(testOrder(order.Pending))
	first.Order.Estimate = order.Estimate{From: order.PriceUnheard}
	receipt, _ := ThreadMessage(testView(testOrder(order.Placed)))
	refusal, _ := ThreadMessage(testView(testOrder(order.Refused)))
	type bound struct {
		m    Message
		most int
	}
	bounds := map[string]bound{
		"a server's first card": {Card(first), 8},
		"card":                  {Card(known), 8},
		"receipt":               {receipt, 6},
		"refusal":               {refusal, 5},
	}
	for _, s := range order.States() {
		if s.Decided() {
			bounds["card "+string(s)] = bound{Card(testView(testOrder(s))), 5}
		}
	}
	for name, b := range bounds {
		if shown := onPhone(b.m.Blocks); strings.Count(shown, "\n") > b.most {
			t.Errorf("%s has more than %d lines:\n%s", name, b.most, shown)
		}
	}
}
