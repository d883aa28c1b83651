package demo

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

func testScreen() screen {
	return screen{markup: markup{names: map[string]string{"U0BOT": botName, "U0ALICE": "alice"}, zone: time.UTC}, width: 40}
}

var testMessage = slacksim.Message{
	TS: "1.1", User: "U0BOT", Text: "a summary", PostedAt: time.Date(2026, 3, 2, 10, 4, 0, 0, time.UTC),
	Blocks: json.RawMessage(`[
		{"type":"header","text":{"type":"plain_text","text":"Not *bold* &amp; not <@U0ALICE>"}},
		{"type":"section","text":{"type":"mrkdwn","text":"*Hello*, <@U0ALICE>: use ` + "`/extend web-1 24`" + ` to ask again"}},
		{"type":"section","fields":[{"type":"mrkdwn","text":"*A:*\n` + "`one`" + `"},{"type":"mrkdwn","text":"*Longer:*\ntwo\nlines"}]},
		{"type":"section","fields":[{"type":"mrkdwn","text":"*B:*\nthree"},{"type":"mrkdwn","text":"no label"}]},
		{"type":"section","text":{"type":"mrkdwn","text":"order <https://acme.slack.com/archives/C0OPS/p1?thread_ts=1.1&amp;cid=C0OPS|06ppv9a8-kx3n7d2q>"},
			"accessory":{"type":"button","text":{"type":"plain_text","text":"Details"}}},
		{"type":"divider"},
		{"type":"actions","elements":[{"type":"button","style":"primary","text":{"type":"plain_text","text":"Yes"}},{"type":"button","text":{"type":"plain_text","text":"No"}}]},
		{"type":"context","elements":[{"type":"mrkdwn","text":"small ` + "`print`" + `"}]},
		{"type":"image","image_url":"https://x.test","alt_text":"a chart"}]`),
}

// Every kind of block that the bot uses is shown, and fields as a list.
func TestScreen_EveryBlock(t *testing.T) {
	t.Parallel()
	want := strings.Join([]string{
		"extendbot  10:04  (edited)",
		"│ Not *bold* &amp; not <@U0ALICE>",
		"│ Hello, @alice: use `/extend web-1 24` to",
		"│ ask again",
		"│ A:       one",
		"│ Longer:  two",
		"│          lines",
		"│ B:       three",
		"│ no label",
		"│ order 06ppv9a8-kx3n7d2q",
		"│ [ Details ]",
		"│ " + strings.Repeat("─", 40),
		"│",
		"│ [ Yes ]  [ No ]",
		"│",
		"│ small `print`",
		"│ a chart",
	}, "\n")
	if got := strings.Join(testScreen().message(testMessage, whole, "edited"), "\n"); got != want {
		t.Errorf("it shows\n%s\nwant\n%s", got, want)
	}
}

// A message in brief has no fields and no context.
func TestScreen_Brief(t *testing.T) {
	t.Parallel()
	got := strings.Join(testScreen().message(testMessage, brief), "\n")
	if strings.Contains(got, "Longer") || strings.Contains(got, "small") || !strings.Contains(got, "[ Yes ]") {
		t.Errorf("in brief it shows\n%s", got)
	}
}

// A message whose blocks are missing or cannot be read is shown by its text.
func TestScreen_WithoutBlocks(t *testing.T) {
	t.Parallel()
	for _, blocks := range []string{"", "null", "[]", "{", `{"a":1}`} {
		m := testMessage
		m.Blocks = json.RawMessage(blocks)
		if got := testScreen().message(m, whole); len(got) != 2 || got[1] != "│ a summary" {
			t.Errorf("with blocks %q it shows %q", blocks, got)
		}
	}
}

// With colors, code has a color instead of backquotes.
func TestScreen_Colors(t *testing.T) {
	t.Parallel()
	s := testScreen()
	s.palette = palette{colors: true}
	got := strings.Join(s.message(testMessage, whole), "\n")
	for _, painted := range []string{"\x1b[36m/extend web-1 24\x1b[m", "\x1b[1;32m[ Yes ]\x1b[m", "\x1b[2msmall\x1b[m \x1b[2;36mprint\x1b[m", "\x1b[2mLonger:\x1b[m"} {
		if !strings.Contains(got, painted) {
			t.Errorf("%q is missing in\n%q", painted, got)
		}
	}
	if strings.Contains(got, "`") {
		t.Errorf("colored code is in backquotes:\n%s", got)
	}
}

// Replies are shown under their parent, and ephemeral messages in order of time.
func TestScreen_Threads(t *testing.T) {
	t.Parallel()
	parent, other, reply := testMessage, testMessage, testMessage
	parent.Blocks, other.Blocks, reply.Blocks = nil, nil, nil
	other.TS, other.Text = "1.2", "another"
	reply.TS, reply.ThreadTS, reply.Text = "1.3", "1.1", "an answer"
	private := slacksim.Ephemeral{User: "U0ALICE", TS: "1.15", Text: "a private one", At: testMessage.PostedAt}
	want := strings.Join([]string{
		"extendbot  10:04", "│ a summary", "",
		"    extendbot  10:04", "    │ an answer", "",
		"extendbot  10:04  (only visible to you)", "│ a private one", "",
		"extendbot  10:04", "│ another",
	}, "\n")
	got := strings.Join(testScreen().channel([]slacksim.Message{parent, other, reply}, []slacksim.Ephemeral{private}, "U0ALICE"), "\n")
	if got != want {
		t.Errorf("it shows\n%s\nwant\n%s", got, want)
	}
}
