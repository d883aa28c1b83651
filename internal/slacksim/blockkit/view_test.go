package blockkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"extendbot/internal/slacksim/blockkit"
)

// ParseView refuses what exceeds a documented limit of a modal and points at it. It
// accepts what is just within the limit.
func TestParseView_Limits(t *testing.T) {
	input := func(label int, more string) string {
		return `{"type":"input","block_id":"b","label":` + plain(label) + more + `,"element":{"type":"plain_text_input"}}`
	}
	field := func(element string) string {
		return `{"type":"input","label":` + plain(3) + `,"element":{"type":"plain_text_input",` + element + `}}`
	}
	text := func(name string, n int) string { return `,"` + name + `":"` + strings.Repeat("ä", n) + `"` }
	submit := `,"submit":` + plain(4)
	for _, c := range []struct{ name, fields, blocks, pointer string }{
		{"title 24", `"title":` + plain(24), "", ""},
		{"title 25", `"title":` + plain(25), "", "/view/title/text"},
		{"no title", `"x":1`, "", "/view"},
		{"submit 24", `"title":` + plain(3) + `,"submit":` + plain(24), "", ""},
		{"submit 25", `"title":` + plain(3) + `,"submit":` + plain(25), "", "/view/submit/text"},
		{"close 24", `"title":` + plain(3) + `,"close":` + plain(24), "", ""},
		{"close 25", `"title":` + plain(3) + `,"close":` + plain(25), "", "/view/close/text"},
		{"private_metadata 3000", `"title":` + plain(3) + text("private_metadata", 3000), "", ""},
		{"private_metadata 3001", `"title":` + plain(3) + text("private_metadata", 3001), "", "/view/private_metadata"},
		{"callback_id 255", `"title":` + plain(3) + text("callback_id", 255), "", ""},
		{"callback_id 256", `"title":` + plain(3) + text("callback_id", 256), "", "/view/callback_id"},
		{"external_id 256", `"title":` + plain(3) + text("external_id", 256), "", "/view/external_id"},
		{"input", `"title":` + plain(3) + submit, input(2000, ""), ""},
		{"input without submit", `"title":` + plain(3), input(3, ""), "/view"},
		{"input label 2001", `"title":` + plain(3) + submit, input(2001, ""), "/view/blocks/0/label/text"},
		{"input hint 2001", `"title":` + plain(3) + submit, input(3, `,"hint":`+plain(2001)), "/view/blocks/0/hint/text"},
		{"input without element", `"title":` + plain(3) + submit, `{"type":"input","label":` + plain(3) + `}`, "/view/blocks/0"},
		{"max_length 3000", `"title":` + plain(3) + submit, field(`"max_length":3000`), ""},
		{"max_length 3001", `"title":` + plain(3) + submit, field(`"max_length":3001`), "/view/blocks/0/element/max_length"},
		{"max_length 0", `"title":` + plain(3) + submit, field(`"max_length":0`), "/view/blocks/0/element/max_length"},
		{"placeholder 151", `"title":` + plain(3) + submit, field(`"placeholder":` + plain(151)), "/view/blocks/0/element/placeholder/text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := blockkit.ParseView(blockkit.Modal, `{"type":"modal",`+c.fields+`,"blocks":[`+c.blocks+`]}`)
			if c.pointer == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			e, ok := errors.AsType[*blockkit.Error](err)
			if !ok || e.Code != "invalid_arguments" || !strings.Contains(err.Error(), "[json-pointer:"+c.pointer+"]") {
				t.Errorf("got %v, want pointer %s", err, c.pointer)
			}
		})
	}
}

// A submission has every input of the modal, and only what a client would send.
func TestSubmission_AsAClient(t *testing.T) {
	input := func(id, block, element string) string {
		return `{"type":"input","block_id":"` + id + `",` + block + `"element":{"action_id":"a","type":` + element + `}}`
	}
	blocks := json.RawMessage(`[` + strings.Join([]string{
		input("need", "", `"plain_text_input","min_length":2,"max_length":4`), input("may", `"optional":true,`, `"plain_text_input"`),
		input("pick", `"optional":true,`, `"static_select"`), `{"type":"divider","block_id":"line"}`,
	}, ",") + `]`)
	value := func(text string) map[string]any {
		return map[string]any{"a": map[string]any{"type": "plain_text_input", "value": text}}
	}
	got, err := blockkit.Submission(blocks, blockkit.InitialState(blocks, nil), map[string]map[string]any{"need": value("dear")})
	if want := "map[may:map[a:map[type:plain_text_input value:<nil>]] need:map[a:map[type:plain_text_input value:dear]] " +
		"pick:map[a:map[selected_option:<nil> type:static_select]]]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v; want %s", got, err, want)
	}
	for name, values := range map[string]map[string]map[string]any{
		"empty":    {"need": value("")},
		"missing":  {},
		"short":    {"need": value("d")},
		"long":     {"need": value("dears")},
		"too long": {"need": value("dear"), "may": value(strings.Repeat("ä", 3001))},
		"unknown":  {"need": value("dear"), "line": value("x")},
		"action":   {"need": value("dear"), "may": {"b": nil}},
	} {
		if got, err := blockkit.Submission(blocks, blockkit.InitialState(blocks, nil), values); err == nil {
			t.Errorf("%s: submitted as %v", name, got)
		}
	}
}
