package message

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// The plain form has every line of the blocks.
func TestPlain_LosesNothing(t *testing.T) {
	for _, s := range order.States() {
		v := testView(testOrder(s))
		v.Lease, v.Activity = leaseOf(testReceipt()), order.ServerActivity{Others: []order.Order{{ID: "x", Person: bob(), Hours: 5, State: order.Approved}}}
		messages := []Message{Card(v)}
		if m, ok := ThreadMessage(v); ok {
			messages = append(messages, m)
		}
		for _, m := range messages {
			plain := m.Plain()
			if mrkdwn.Len(plain) > maxText {
				t.Errorf("%s: plain has %d characters", s, mrkdwn.Len(plain))
			}
			for _, text := range mrkdwnOf(m.Blocks) {
				for line := range strings.Lines(text) {
					if line = strings.TrimSpace(line); !strings.Contains(plain, line) {
						t.Errorf("%s: plain lost %q", s, line)
					}
				}
			}
		}
	}
}

// The plain form of a message says what to do without its buttons, unless nothing
// is missing without them.
func TestPlain_SaysThatButtonsAreGone(t *testing.T) {
	refusal, _ := ThreadMessage(testView(testOrder(order.Refused)))
	receipt, _ := ThreadMessage(testView(testOrder(order.Placed)))
	for want, m := range map[string]Message{
		noButtons:                           Card(testView(testOrder(order.Pending))),
		"Ask again with the same command.":  refusal,
		"The buttons cannot be shown here.": Question(unknownView("U0CAROL")),
	} {
		if plain := m.Plain(); !strings.HasSuffix(plain, "\n"+want) {
			t.Errorf("plain is %q, want %q at its end", plain, want)
		}
	}
	if plain := receipt.Plain(); strings.Contains(plain, "utton") || strings.HasSuffix(plain, "\n") {
		t.Errorf("the plain receipt is %q", plain)
	}
}

// The plain form does not repeat what the text says.
func TestPlain_RepeatsNothing(t *testing.T) {
	m := Usage(nil, testLimit, "")
	if got := m.Plain(); got != m.Text {
		t.Errorf("plain is %q, want %q", got, m.Text)
	}
}

// A message that is too long is cut, so that Slack accepts it.
func TestMessage_CutRatherThanRefused(t *testing.T) {
	long := strings.Repeat("`&lt;` <@U0ALICE> ", 1000)
	m := newMessage(long, header(long), section(long), footnotes(long))
	m.Blocks = append(m.Blocks, fieldSections(field{"a", long}, field{"b", long})...)
	m.Blocks = append(m.Blocks, slack.NewActionBlock("", button("a", "v", long, long, slack.StyleDefault)))
	if err := wellFormed(m); err != nil {
		t.Error(err)
	}
}

// Fields fill as many sections as needed; empty fields are left out.
func TestFieldSections_FillSections(t *testing.T) {
	var list []field
	for range 23 {
		list = append(list, field{"a", "b"}, field{"empty", ""})
	}
	var sizes []int
	for _, b := range fieldSections(list...) {
		sizes = append(sizes, len(b.(*slack.SectionBlock).Fields))
	}
	if len(sizes) != 3 || sizes[0] != 10 || sizes[1] != 10 || sizes[2] != 3 {
		t.Errorf("sections of %v fields", sizes)
	}
	if len(fieldSections()) != 0 {
		t.Error("a section without fields")
	}
}
