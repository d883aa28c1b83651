package blockkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim/blockkit"
)

func text(n int) string { return `{"type":"mrkdwn","text":"` + strings.Repeat("ä", n) + `"}` }

func plain(n int) string { return `{"type":"plain_text","text":"` + strings.Repeat("ä", n) + `"}` }

func list(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }

func button(extra string) string {
	return `{"type":"button","text":` + plain(3) + extra + `}`
}

func actions(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }

// Check refuses what exceeds a documented limit and points at it. It accepts
// what is just within the limit.
func TestCheck_Limits(t *testing.T) {
	section := func(inner string) string { return `{"type":"section",` + inner + `}` }
	confirm := func(title, body, yes, no int) string {
		return actions(button(fmt.Sprintf(`,"confirm":{"title":%s,"text":%s,"confirm":%s,"deny":%s}`,
			plain(title), text(body), plain(yes), plain(no))))
	}
	for _, c := range []struct{ name, block, pointer string }{
		{"section text 3000", section(`"text":` + text(3000)), ""},
		{"section text 3001", section(`"text":` + text(3001)), "/blocks/0/text/text"},
		{"section text empty", section(`"text":` + text(0)), "/blocks/0/text/text"},
		{"section without text", `{"type":"section"}`, "/blocks/0"},
		{"section fields 10", section(`"fields":[` + list(10, text(20)) + `]`), ""},
		{"section fields 11", section(`"fields":[` + list(11, text(20)) + `]`), "/blocks/0/fields"},
		{"section field 2001", section(`"fields":[` + text(2001) + `]`), "/blocks/0/fields/0/text"},
		{"emoji in mrkdwn", section(`"text":{"type":"mrkdwn","text":"x","emoji":true}`), "/blocks/0/text"},
		{"verbatim in plain text", `{"type":"header","text":{"type":"plain_text","text":"x","verbatim":true}}`, "/blocks/0/text"},
		{"unknown property", section(`"text":` + text(1) + `,"colour":"red"`), "/blocks/0"},
		{"header 150", `{"type":"header","text":` + plain(150) + `}`, ""},
		{"header 151", `{"type":"header","text":` + plain(151) + `}`, "/blocks/0/text/text"},
		{"header of mrkdwn", `{"type":"header","text":` + text(5) + `}`, "/blocks/0/text/type"},
		{"context 10", `{"type":"context","elements":[` + list(10, text(5)) + `]}`, ""},
		{"context 11", `{"type":"context","elements":[` + list(11, text(5)) + `]}`, "/blocks/0/elements"},
		{"actions 25", actions(list(25, button(""))), ""},
		{"actions 26", actions(list(26, button(""))), "/blocks/0/elements"},
		{"actions empty", actions(""), "/blocks/0/elements"},
		{"button text 75", actions(`{"type":"button","text":` + plain(75) + `}`), ""},
		{"button text 76", actions(`{"type":"button","text":` + plain(76) + `}`), "/blocks/0/elements/0/text/text"},
		{"button value 2000", actions(button(`,"value":"` + strings.Repeat("v", 2000) + `"`)), ""},
		{"button value 2001", actions(button(`,"value":"` + strings.Repeat("v", 2001) + `"`)), "/blocks/0/elements/0/value"},
		{"button label 75", actions(button(`,"accessibility_label":"` + strings.Repeat("ä", 75) + `"`)), ""},
		{"button label 76", actions(button(`,"accessibility_label":"` + strings.Repeat("ä", 76) + `"`)), "/blocks/0/elements/0/accessibility_label"},
		{"button style", actions(button(`,"style":"green"`)), "/blocks/0/elements/0/style"},
		{"action_id twice", actions(button(`,"action_id":"a"`) + "," + button(`,"action_id":"a"`)), "/blocks/0/elements/1/action_id"},
		{"action_id 256", actions(button(`,"action_id":"` + strings.Repeat("a", 256) + `"`)), "/blocks/0/elements/0/action_id"},
		{"block_id 256", `{"type":"divider","block_id":"` + strings.Repeat("b", 256) + `"}`, "/blocks/0/block_id"},
		{"block_id twice", `{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}`, "/blocks/1/block_id"},
		{"confirm", confirm(100, 300, 30, 30), ""},
		{"confirm title", confirm(101, 300, 30, 30), "/blocks/0/elements/0/confirm/title/text"},
		{"confirm text", confirm(100, 301, 30, 30), "/blocks/0/elements/0/confirm/text/text"},
		{"confirm yes", confirm(100, 300, 31, 30), "/blocks/0/elements/0/confirm/confirm/text"},
		{"confirm no", confirm(100, 300, 30, 31), "/blocks/0/elements/0/confirm/deny/text"},
		{"50 blocks", list(50, `{"type":"divider"}`), ""},
		{"51 blocks", list(51, `{"type":"divider"}`), "/blocks"},
		{"alert is for modals", `{"type":"alert","text":` + plain(5) + `}`, "/blocks/0/type"},
		{"no such block", `{"type":"marquee"}`, "/blocks/0/type"},
		{"no type", `{}`, "/blocks/0"},
		{"not an object", `3`, "/blocks/0"},
		{"markdown", `{"type":"markdown","text":"# hi"}`, ""},
		{"select of 100", actions(`{"type":"static_select","options":[` + list(100, `{"text":`+plain(5)+`,"value":"v"}`) + `]}`), ""},
		{"select of 101", actions(`{"type":"static_select","options":[` + list(101, `{"text":`+plain(5)+`,"value":"v"}`) + `]}`), "/blocks/0/elements/0/options"},
		{"input in actions", actions(`{"type":"plain_text_input"}`), "/blocks/0/elements/0/type"},
		{"input in a section", section(`"text":` + text(1) + `,"accessory":{"type":"plain_text_input"}`), "/blocks/0/accessory/type"},
		{"button in a section", section(`"text":` + text(1) + `,"accessory":` + button("")), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := blockkit.Check(blockkit.Message, `[`+c.block+`]`)
			if c.pointer == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			e, ok := errors.AsType[*blockkit.Error](err)
			if !ok || e.Code != "invalid_blocks" || !strings.Contains(err.Error(), "[json-pointer:"+c.pointer+"]") {
				t.Errorf("got %v, want pointer %s", err, c.pointer)
			}
		})
	}
}

// Check accepts blocks of slack-go as well as JSON.
func TestCheck_SlackGoBlocks(t *testing.T) {
	section := func(n int) slack.Block {
		return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, strings.Repeat("x", n), false, true), nil, nil)
	}
	if err := blockkit.Check(blockkit.Message, []slack.Block{section(3000)}); err != nil {
		t.Errorf("refused: %v", err)
	}
	if err := blockkit.Check(blockkit.Message, []slack.Block{section(3001)}); err == nil {
		t.Error("accepted 3001 characters")
	}
	if err := blockkit.Check(blockkit.Home, slack.Blocks{BlockSet: make([]slack.Block, 0)}); err != nil {
		t.Errorf("no blocks refused: %v", err)
	}
}

// A Home tab may have more blocks than a message.
func TestCheck_SurfaceLimits(t *testing.T) {
	for where, most := range map[blockkit.Surface]int{blockkit.Message: 50, blockkit.Modal: 100, blockkit.Home: 100} {
		if err := blockkit.Check(where, `[`+list(most, `{"type":"divider"}`)+`]`); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		if err := blockkit.Check(where, `[`+list(most+1, `{"type":"divider"}`)+`]`); err == nil {
			t.Errorf("%s accepts %d blocks", where, most+1)
		}
	}
}

// FlattenText returns the texts from top to bottom, and nothing for anything but
// blocks.
func TestFlattenText_TopToBottom(t *testing.T) {
	blocks := `[{"type":"header","text":{"type":"plain_text","text":"Order"}},
		{"type":"section","text":{"type":"mrkdwn","text":"*web-1*"},"fields":[{"type":"mrkdwn","text":"24 hours"}],
			"accessory":{"type":"button","text":{"type":"plain_text","text":"More"}}},
		{"type":"divider"},
		{"type":"context","elements":[{"type":"mrkdwn","text":"by alice"}]},
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Confirm"}}]}]`
	want := "Order\n*web-1*\n24 hours\n[More]\nby alice\n[Confirm]"
	if got := blockkit.FlattenText(json.RawMessage(blocks)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, bad := range []string{"", "null", "{", `{"a":1}`, "[1]"} {
		if got := blockkit.FlattenText(json.RawMessage(bad)); got != "" {
			t.Errorf("%q: got %q", bad, got)
		}
	}
}
