package slacksim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// A message with invalid blocks is answered with Slack's error and not posted.
func TestPostMessage_RefusesInvalidBlocks(t *testing.T) {
	s := start(t, slacksim.Config{})
	got := call(t, s, "chat.postMessage", jsonT, s.BotToken(), `{"channel":"C0OPS","text":"x","blocks":[{"type":"marquee"}]}`)
	meta, _ := json.Marshal(got["response_metadata"])
	if got["error"] != "invalid_blocks" || !strings.Contains(string(meta), "[json-pointer:/blocks/0/type]") {
		t.Errorf("got %v", got)
	}
	if len(s.Messages("C0OPS")) != 0 {
		t.Error("it was posted")
	}
}

// Too much text in all blocks together, and blocks that are not JSON, are
// refused.
func TestPostMessage_BlocksTooLong(t *testing.T) {
	long := `{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("ä", 2900) + `"}},`
	s := start(t, slacksim.Config{})
	got := call(t, s, "chat.postMessage", jsonT, s.BotToken(),
		`{"channel":"C0OPS","text":"x","blocks":[`+strings.TrimSuffix(strings.Repeat(long, 5), ",")+`]}`)
	if got["error"] != "msg_blocks_too_long" {
		t.Errorf("%v", got)
	}
	got = call(t, s, "chat.postMessage", form, s.BotToken(), "channel=C0OPS&blocks=nonsense")
	if got["error"] != "invalid_blocks_format" {
		t.Errorf("%v", got)
	}
}

// slack-go returns the message with the JSON pointer.
func TestPostMessage_SlackGoSeesPointer(t *testing.T) {
	s := start(t, slacksim.Config{})
	_, _, err := client(s).PostMessageContext(t.Context(), "C0OPS",
		slack.MsgOptionBlocks(card(strings.Repeat("x", 3001), "v")...))
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	want := "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
	if !ok || len(e.ResponseMetadata.Messages) != 1 || e.ResponseMetadata.Messages[0] != want {
		t.Errorf("%+v", err)
	}
}

// Missing block and action ids are filled in.
func TestPostMessage_FillsInIDs(t *testing.T) {
	s := start(t, slacksim.Config{})
	got := call(t, s, "chat.postMessage", jsonT, s.BotToken(), `{"channel":"C0OPS","text":"x","blocks":[
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Go"}}]}]}`)
	if got["ok"] != true {
		t.Fatal(got)
	}
	b := s.Messages("C0OPS")[0].Buttons()
	if len(b) != 1 || b[0].ActionID == "" || b[0].BlockID == "" {
		t.Errorf("%+v", b)
	}
}
