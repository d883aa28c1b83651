package slacksim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

func text(n int) string { return `{"type":"mrkdwn","text":"` + strings.Repeat("ä", n) + `"}` }

func plain(n int) string { return `{"type":"plain_text","text":"` + strings.Repeat("ä", n) + `"}` }

func list(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }

func button(extra string) string {
	return `{"type":"button","text":` + plain(3) + extra + `}`
}

func actions(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }

func TestBlockKitLimits(t *testing.T) {
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
		{"button style", actions(button(`,"style":"green"`)), "/blocks/0/elements/0/style"},
		{"action_id twice", actions(button(`,"action_id":"a"`) + "," + button(`,"action_id":"a"`)), "/blocks/0/elements/1/action_id"},
		{"action_id 256", actions(button(`,"action_id":"` + strings.Repeat("a", 256) + `"`)), "/blocks/0/elements/0/action_id"},
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
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, slacksim.Config{})
			got := call(t, s, "chat.postMessage", jsonT, s.BotToken(), `{"channel":"C0OPS","text":"x","blocks":[`+c.block+`]}`)
			if c.pointer == "" {
				if got["ok"] != true {
					t.Errorf("refused: %v", got)
				}
				return
			}
			meta, _ := json.Marshal(got["response_metadata"])
			if got["error"] != "invalid_blocks" || !strings.Contains(string(meta), "[json-pointer:"+c.pointer+"]") {
				t.Errorf("got %v, want pointer %s", got, c.pointer)
			}
			if len(s.Messages("C0OPS")) != 0 {
				t.Error("it was posted all the same")
			}
		})
	}
}

func TestTooMuchTextInAllBlocksTogether(t *testing.T) {
	s := start(t, slacksim.Config{})
	got := call(t, s, "chat.postMessage", jsonT, s.BotToken(),
		`{"channel":"C0OPS","text":"x","blocks":[`+list(5, `{"type":"section","text":`+text(2900)+`}`)+`]}`)
	if got["error"] != "msg_blocks_too_long" {
		t.Errorf("%v", got)
	}
	got = call(t, s, "chat.postMessage", form, s.BotToken(), "channel=C0OPS&blocks=nonsense")
	if got["error"] != "invalid_blocks_format" {
		t.Errorf("%v", got)
	}
}

func TestSlackGoSeesWhereABlockIsWrong(t *testing.T) {
	s := start(t, slacksim.Config{})
	_, _, err := client(s).PostMessageContext(t.Context(), "C0OPS",
		slack.MsgOptionBlocks(card(strings.Repeat("x", 3001), "v")...))
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	want := "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
	if !ok || len(e.ResponseMetadata.Messages) != 1 || e.ResponseMetadata.Messages[0] != want {
		t.Errorf("%+v", err)
	}
}

func TestIDsThatWereLeftOutAreFilledIn(t *testing.T) {
	s := start(t, slacksim.Config{})
	got := call(t, s, "chat.postMessage", jsonT, s.BotToken(), `{"channel":"C0OPS","text":"x","blocks":[`+actions(button(""))+`]}`)
	if got["ok"] != true {
		t.Fatal(got)
	}
	b := s.Messages("C0OPS")[0].Buttons()
	if len(b) != 1 || b[0].ActionID == "" || b[0].BlockID == "" {
		t.Errorf("%+v", b)
	}
}

func TestFlattenTextReadsTopToBottom(t *testing.T) {
	blocks := `[{"type":"header","text":{"type":"plain_text","text":"Order"}},
		{"type":"section","text":{"type":"mrkdwn","text":"*web-1*"},"fields":[{"type":"mrkdwn","text":"24 hours"}],
			"accessory":{"type":"button","text":{"type":"plain_text","text":"More"}}},
		{"type":"divider"},
		{"type":"context","elements":[{"type":"mrkdwn","text":"by alice"}]},
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Confirm"}}]}]`
	want := "Order\n*web-1*\n24 hours\n[More]\nby alice\n[Confirm]"
	if got := slacksim.FlattenText(json.RawMessage(blocks)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, bad := range []string{"", "null", "{", `{"a":1}`, "[1]"} {
		if got := slacksim.FlattenText(json.RawMessage(bad)); got != "" {
			t.Errorf("%q gives %q", bad, got)
		}
	}
}
