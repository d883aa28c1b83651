package bot

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/order"
)

func TestPlainLosesNothing(t *testing.T) {
	for _, s := range order.States() {
		v := testView(testOrder(s))
		v.Standing = order.ServerActivity{Last: testReceipt(), Others: []order.Order{{ID: "x", Person: bob(), Hours: 5, State: order.Approved}}}
		messages := []Message{Card(v)}
		if m, ok := Word(v); ok {
			messages = append(messages, m)
		}
		for _, m := range messages {
			plain := m.Plain()
			if len(plain.Blocks) > 0 || runes(plain.Text) > maxText {
				t.Errorf("%s: plain has %d blocks and %d characters", s, len(plain.Blocks), runes(plain.Text))
			}
			for _, text := range mrkdwnOf(m.Blocks) {
				for line := range strings.Lines(text) {
					if line = strings.TrimSpace(line); !strings.Contains(plain.Text, line) {
						t.Errorf("%s: plain lost %q", s, line)
					}
				}
			}
		}
	}
}

func TestPlainSaysThatButtonsAreGone(t *testing.T) {
	plain := Card(testView(testOrder(order.Pending))).Plain()
	if !strings.Contains(plain.Text, noButtons) {
		t.Errorf("plain is %q", plain.Text)
	}
}

func TestPlainRepeatsNothing(t *testing.T) {
	m := Usage(nil, testLimit)
	if got := m.Plain().Text; got != m.Text {
		t.Errorf("plain is %q, want %q", got, m.Text)
	}
}

func TestMessageIsCutRatherThanRefused(t *testing.T) {
	long := strings.Repeat("`&lt;` <@U0ALICE> ", 1000)
	m := newMessage(long, header(long), section(long), footnotes(long))
	m.Blocks = append(m.Blocks, facts(fact{"a", long}, fact{"b", long})...)
	m.Blocks = append(m.Blocks, slack.NewActionBlock("", button("a", "v", long, long, slack.StyleDefault)))
	if err := wellFormed(m); err != nil {
		t.Error(err)
	}
}

func TestFactsFillSections(t *testing.T) {
	var list []fact
	for range 23 {
		list = append(list, fact{"a", "b"}, fact{"empty", ""})
	}
	var sizes []int
	for _, b := range facts(list...) {
		sizes = append(sizes, len(b.(*slack.SectionBlock).Fields))
	}
	if len(sizes) != 3 || sizes[0] != 10 || sizes[1] != 10 || sizes[2] != 3 {
		t.Errorf("sections of %v fields", sizes)
	}
	if len(facts()) != 0 {
		t.Error("no facts give a section")
	}
}
