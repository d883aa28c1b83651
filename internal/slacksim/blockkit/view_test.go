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

// ParseView refuses inputs that are not as Slack documents them, points at the mistake, and
// accepts the others. On a Home tab, sections have buttons.
func TestParseView_Inputs(t *testing.T) {
	option := func(text, value int) string {
		return `{"text":` + plain(text) + `,"value":"` + strings.Repeat("v", value) + `"}`
	}
	options := `"options":[` + option(3, 3) + `,` + option(4, 4) + `]`
	groups := `"option_groups":[{"label":` + plain(75) + `,` + options + `}]`
	const element = "/view/blocks/0/element"
	for _, c := range []struct{ name, element, pointer string }{
		{"static", `"static_select",` + options, ""},
		{"static, one of its options", `"static_select",` + options + `,"initial_option":` + option(4, 4), ""},
		{"static, another value", `"static_select",` + options + `,"initial_option":` + option(4, 5), element + "/initial_option"},
		{"static, another text", `"static_select",` + options + `,"initial_option":` + option(5, 4), element + "/initial_option"},
		{"static, of a group", `"static_select",` + groups + `,"initial_option":` + option(4, 4), ""},
		{"static, of no group", `"static_select",` + groups + `,"initial_option":` + option(4, 5), element + "/initial_option"},
		{"static, min_query_length", `"static_select","min_query_length":0,` + options, element},
		{"option", `"static_select","options":[` + option(75, 150) + `]`, ""},
		{"option text 76", `"static_select","options":[` + option(76, 1) + `]`, element + "/options/0/text/text"},
		{"option value 151", `"static_select","options":[` + option(1, 151) + `]`, element + "/options/0/value"},
		{"option with mrkdwn", `"static_select","options":[{"text":` + text(1) + `,"value":"v"}]`, element + "/options/0/text/type"},
		{"radio option with mrkdwn", `"radio_buttons","options":[{"text":` + text(1) + `,"value":"v"}]`, ""},
		{"external", `"external_select","min_query_length":0,"placeholder":` + plain(150) + `,"initial_option":` + option(75, 150), ""},
		{"external, placeholder", `"external_select","placeholder":` + plain(151), element + "/placeholder/text"},
		{"external, negative", `"external_select","min_query_length":-1`, element + "/min_query_length"},
		{"external, half", `"external_select","min_query_length":0.5`, element + "/min_query_length"},
		{"external, options", `"external_select",` + options, element},
		{"external, initial text", `"external_select","initial_option":` + option(76, 1), element + "/initial_option/text/text"},
		{"external, no option", `"external_select","initial_option":"x"`, element + "/initial_option"},
		{"conversations", `"conversations_select","default_to_current_conversation":true,"response_url_enabled":true,"initial_conversation":"C0OPS",` +
			`"filter":{"include":["im","mpim","private","public"],"exclude_external_shared_channels":true,"exclude_bot_users":true}`, ""},
		{"conversations, default", `"conversations_select","default_to_current_conversation":"yes"`, element + "/default_to_current_conversation"},
		{"filter, none", `"conversations_select","filter":{}`, element + "/filter"},
		{"filter, no list", `"conversations_select","filter":{"include":[]}`, element + "/filter/include"},
		{"filter, unknown", `"conversations_select","filter":{"include":["public","secret"]}`, element + "/filter/include/1"},
		{"filter, bots", `"conversations_select","filter":{"exclude_bot_users":1}`, element + "/filter/exclude_bot_users"},
		{"filter, property", `"conversations_select","filter":{"exclude":["im"]}`, element + "/filter"},
		{"dispatch", `"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_enter_pressed","on_character_entered"]}`, ""},
		{"dispatch, unknown", `"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_blur"]}`, element + "/dispatch_action_config/trigger_actions_on/0"},
		{"dispatch, none", `"plain_text_input","dispatch_action_config":{"trigger_actions_on":[]}`, element + "/dispatch_action_config/trigger_actions_on"},
		{"dispatch of a select", `"external_select","dispatch_action_config":{}`, element},
		{"button", `"button","text":` + plain(3), element + "/type"},
		{"overflow", `"overflow",` + options, element + "/type"},
		{"dispatch_action", `"plain_text_input"},"dispatch_action":"yes","hint":{"type":"plain_text","text":"x"`, "/view/blocks/0/dispatch_action"},
		{"block_id twice", `"plain_text_input"}},{"type":"input","block_id":"b","label":` + plain(1) +
			`,"element":{"type":"plain_text_input"`, "/view/blocks/1/block_id"},
		{"focus twice", `"plain_text_input","focus_on_load":true}},{"type":"input","label":` + plain(1) +
			`,"element":{"type":"plain_text_input","focus_on_load":true`, "/view/blocks/1/element/focus_on_load"},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := `{"type":"input","block_id":"b","label":` + plain(3) + `,"element":{"type":` + c.element + `}}`
			view := `{"type":"modal","title":` + plain(3) + `,"submit":` + plain(3) + `,"blocks":[` + input + `]}`
			wantPointer(t, blockkit.Modal, view, c.pointer)
		})
	}
	menu := `"accessory":{"type":"conversations_select","response_url_enabled":true}`
	section := func(accessory string) string { return `{"type":"section","text":` + text(3) + `,` + accessory + `}` }
	wantPointer(t, blockkit.Modal, `{"type":"modal","title":`+plain(3)+`,"blocks":[`+section(menu)+`]}`, "/view/blocks/0/accessory/response_url_enabled")
	wantPointer(t, blockkit.Home, `{"type":"home","blocks":[{"type":"input","label":`+plain(3)+`,"element":{"type":"conversations_select","response_url_enabled":true}}]}`,
		"/view/blocks/0/element/response_url_enabled")
	wantPointer(t, blockkit.Home, `{"type":"home","blocks":[`+section(`"accessory":`+button(""))+`]}`, "")
	wantPointer(t, blockkit.Home, `{"type":"modal","title":`+plain(3)+`,"blocks":[]}`, "/view/type")
}

// wantPointer fails the test unless Slack refuses a view because of what is at a JSON
// pointer, or accepts it if that is "".
func wantPointer(t *testing.T, where blockkit.Surface, view, pointer string) {
	t.Helper()
	if !json.Valid([]byte(view)) {
		t.Fatalf("not JSON: %s", view)
	}
	_, err := blockkit.ParseView(where, view)
	if pointer == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	e, ok := errors.AsType[*blockkit.Error](err)
	if !ok || e.Code != "invalid_arguments" || len(e.Problems) != 1 || !strings.Contains(err.Error(), "[json-pointer:"+pointer+"]") {
		t.Errorf("got %v, want pointer %s", err, pointer)
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
