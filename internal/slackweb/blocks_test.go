package slackweb

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// render returns blocks as they are in a page, or in a modal with a state.
func render(t *testing.T, blocks string, view *slacksim.View) string {
	t.Helper()
	slack, err := slacksim.Start(slacksim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	slack.AddUser(slacksim.User{ID: "U0ALICE", Name: "alice"})
	slack.AddChannel(slacksim.Channel{ID: "C0OPS", Name: "ops"})
	slack.Join("C0OPS", "U0ALICE")
	site, err := New(Config{Slack: slack})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	var out bytes.Buffer
	at := place{Viewer: slacksim.User{ID: "U0ALICE", Name: "alice"}, Channel: slacksim.Channel{ID: "C0OPS", Name: "ops"}}
	for _, b := range site.blocks(surface{reader: site.readerAt(at), Form: "f", View: view}, blockkit.Blocks(json.RawMessage(blocks))) {
		if err := site.templates.ExecuteTemplate(&out, "block", b); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

const cannotBeShown = "This block cannot be shown"

// Every kind of block that the app sends is shown, with what it says.
func TestBlock_OfMessages(t *testing.T) {
	t.Parallel()
	const text = `{"type":"mrkdwn","text":"one"}`
	for blocks, want := range map[string][]string{
		`{"type":"header","text":{"type":"plain_text","text":"one <b>"}}`: {`<h3 class="block header">one &lt;b&gt;</h3>`},
		`{"type":"section","text":` + text + `}`:                          {`<div class="text">one</div>`},
		`{"type":"section","fields":[` + text + `,` + text + `]}`:         {`<div class="fields"><div class="text">one</div><div class="text">one</div></div>`},
		`{"type":"section","block_id":"b","text":` + text + `,"accessory":{"type":"button","action_id":"a","text":{"type":"plain_text","text":"Go"}}}`: {
			`<div class="accessory"><button class="button" form="f" name="press" value="b a">Go</button>`},
		`{"type":"context","elements":[` + text + `,{"type":"image","image_url":"x","alt_text":"a dog"}]}`: {`<span class="text">one</span>`, `aria-label="a dog"`},
		`{"type":"divider"}`: {`<hr class="block">`},
		`{"type":"image","image_url":"https://example.com/x.png","alt_text":"a dog"}`:                                                                                               {"a dog"},
		`{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":"a","style":"danger","accessibility_label":"Go now","text":{"type":"plain_text","text":"Go"}}]}`: {`class="button danger"`, `aria-label="Go now"`},
		`{"type":"actions","elements":[{"type":"button","url":"https://example.com/","action_id":"a","text":{"type":"plain_text","text":"Go"}}]}`:                                   {`<a class="button" href="https://example.com/" target="_blank" rel="noopener">Go</a>`},
		`{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":"a","text":{"type":"plain_text","text":"Go"},"confirm":{
			"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"plain_text","text":"It costs 1 EUR."},
			"confirm":{"type":"plain_text","text":"Yes"},"deny":{"type":"plain_text","text":"No"}}}]}`: {
			`data-confirm>Go</button><template>`, `>Sure?</h2>`, `It costs 1 EUR.`, `value="deny">No</button><button class="button primary" value="confirm" autofocus>Yes<`},
	} {
		got := render(t, "["+blocks+"]", nil)
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nis shown as %s\nwithout %s", blocks, got, part)
			}
		}
		if strings.Contains(got, cannotBeShown) {
			t.Errorf("%s\nis shown as %s", blocks, got)
		}
	}
}

// The fields of a modal have a label, what is chosen and typed in them, their hints and their
// errors.
func TestBlock_Fields(t *testing.T) {
	t.Parallel()
	input := func(id, more, element string) string {
		return `{"type":"input","block_id":"` + id + `","label":{"type":"plain_text","text":"Label"}` + more +
			`,"element":{"action_id":"` + id + `","placeholder":{"type":"plain_text","text":"Choose"},` + element + `}}`
	}
	option := func(value string) map[string]any {
		return map[string]any{"value": value, "text": map[string]any{"type": "plain_text", "text": "option " + value}}
	}
	view := &slacksim.View{ID: "V1", Errors: map[string]string{"text": "Write <something>."}, State: map[string]map[string]any{
		"text": {"text": map[string]any{"type": "plain_text_input", "value": "5 days"}},
		"menu": {"menu": map[string]any{"type": "static_select", "selected_option": option("2")}},
		"type": {"type": map[string]any{"type": "external_select", "selected_option": option("7")}},
		"conv": {"conv": map[string]any{"type": "conversations_select", "selected_conversation": "C0OPS"}},
	}}
	const options = `"options":[{"value":"1","text":{"type":"plain_text","text":"one"}},{"value":"2","text":{"type":"plain_text","text":"two"}}]`
	for block, want := range map[string][]string{
		input("text", `,"hint":{"type":"plain_text","text":"In words"}`, `"type":"plain_text_input","max_length":200`): {
			`<label for="f-text">Label</label>`, `id="f-text" required aria-describedby="f-text-error f-text-hint" aria-invalid="true"`,
			`name="text text" value="5 days" placeholder="Choose" autocomplete="off" maxlength="200">`,
			`id="f-text-error">Write &lt;something&gt;.</p>`, `id="f-text-hint">In words</p>`},
		input("text", `,"optional":true`, `"type":"plain_text_input","multiline":true`): {
			`Label <small>(optional)</small></label>`, `<textarea id="f-text" aria-`, `>5 days</textarea>`},
		input("menu", `,"dispatch_action":true`, `"type":"static_select",`+options): {
			`<select id="f-menu" required aria-invalid="false" data-dispatch="/as/alice/choose" data-element="menu" name="menu menu">`,
			`<option value="">Choose</option> <option value="1">one</option> <option value="2" selected>two</option>`},
		input("type", ``, `"type":"external_select","min_query_length":0`): {
			`role="combobox"`, `value="option 7"`, `data-options="/as/alice/options?action=type&amp;view=V1" data-min-query="0"`,
			`<input type="hidden" name="type type" value="7" data-value>`, `aria-controls="f-type-list"`, `<ul id="f-type-list" role="listbox"`},
		input("conv", ``, `"type":"conversations_select","filter":{"include":["public"]}`): {
			`<option value="C0OPS" selected>#ops</option> </select>`},
		input("here", ``, `"type":"conversations_select","default_to_current_conversation":true`): {
			`<option value="">Choose</option> <option value="C0OPS" selected>#ops</option>`},
	} {
		got := render(t, "["+block+"]", view)
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nis shown as %s\nwithout %s", block, got, part)
			}
		}
		if strings.Contains(got, cannotBeShown) {
			t.Errorf("%s\nis shown as %s", block, got)
		}
	}
}

// What the page does not know is visible.
func TestBlock_Unknown(t *testing.T) {
	t.Parallel()
	for block, want := range map[string]string{
		`{"type":"video"}`: "video", `{"type":"actions","elements":[{"type":"overflow"}]}`: "overflow",
		`{"type":"input","label":{"type":"plain_text","text":"Day"},"element":{"type":"datepicker"}}`: "datepicker",
	} {
		if got := render(t, "["+block+"]", nil); !strings.Contains(got, cannotBeShown+": "+want) {
			t.Errorf("%s: %s", block, got)
		}
	}
}

var (
	unreadable = regexp.MustCompile(`(?m)^!! (\S+)`)          // a block in a golden file
	goldenMenu = regexp.MustCompile(`(?m)^  ([a-z_]+_\w+): `) // a menu of a form in a golden file
)

// The page shows every kind of block and field that is in the golden files of the bot's
// messages. They have no JSON, but name what they cannot show as text.
func TestBlock_OfEveryGoldenFile(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../bot/message/testdata/*.golden")
	if err != nil || len(paths) == 0 {
		t.Fatal("no golden files: ", err)
	}
	menus := 0
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range unreadable.FindAllStringSubmatch(string(content), -1) {
			if got := render(t, `[{"type":"`+kind[1]+`"}]`, nil); strings.Contains(got, cannotBeShown) {
				t.Errorf("%s: %s", path, got)
			}
		}
		for _, kind := range goldenMenu.FindAllStringSubmatch(string(content), -1) {
			menus++
			if got := render(t, `[{"type":"input","element":{"type":"`+kind[1]+`"}}]`, nil); strings.Contains(got, cannotBeShown) {
				t.Errorf("%s: %s", path, got)
			}
		}
	}
	if menus == 0 {
		t.Error("no menus in the golden files: they look different now")
	}
}
