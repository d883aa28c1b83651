package blockkit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/mrkdwn"
)

// Blocks are read with everything that a client shows.
func TestBlocks_AsAClientReadsThem(t *testing.T) {
	t.Parallel()
	got := blockkit.Blocks([]byte(`[
		{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"*hello*"},"fields":[{"type":"plain_text","text":"one :tada:","emoji":true}],
		 "accessory":{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"},"value":"1","style":"danger","url":"https://example.com",
		  "confirm":{"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"mrkdwn","text":"It *costs*."},"confirm":{"type":"plain_text","text":"Yes"},"deny":{"type":"plain_text","text":"No"}}}},
		{"type":"context","elements":[{"type":"mrkdwn","text":"_a_"},{"type":"plain_text","text":"*b*"},{"type":"image","image_url":"https://example.com/i.png","alt_text":"i"}]},
		{"type":"input","block_id":"f","label":{"type":"plain_text","text":"Server"},"optional":true,"dispatch_action":true,
		 "element":{"type":"external_select","action_id":"f","min_query_length":0,"placeholder":{"type":"plain_text","text":"Type"},"options":[{"text":{"type":"plain_text","text":"web-1"},"value":"w"}]}}]`))
	zero := 0
	plain := func(s string) blockkit.Text { return blockkit.Text{Type: "plain_text", Text: s} }
	mrkdwn := func(s string) blockkit.Text { return blockkit.Text{Type: "mrkdwn", Text: s} }
	want := []blockkit.Block{
		{
			Type: "section", ID: "s", Text: mrkdwn("*hello*"), Fields: []blockkit.Text{{Type: "plain_text", Text: "one :tada:", Emoji: true}},
			Accessory: &blockkit.Element{
				Type: "button", ActionID: "go", Text: plain("Go"), Value: "1", Style: "danger", URL: "https://example.com",
				Confirm: &blockkit.Dialog{Title: plain("Sure?"), Text: mrkdwn("It *costs*."), Confirm: plain("Yes"), Deny: plain("No")},
			},
		},
		{Type: "context", Elements: []blockkit.Element{
			{Type: "mrkdwn", Text: mrkdwn("_a_")}, {Type: "plain_text", Text: plain("*b*")},
			{Type: "image", ImageURL: "https://example.com/i.png", AltText: "i"},
		}},
		{Type: "input", ID: "f", Label: plain("Server"), Optional: true, Dispatch: true, Element: &blockkit.Element{
			Type: "external_select", ActionID: "f", MinQuery: &zero, Placeholder: plain("Type"),
			Options: []blockkit.Option{{Text: plain("web-1"), Value: "w"}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if buttons := got[0].Buttons(); len(buttons) != 1 || buttons[0].ActionID != "go" {
		t.Errorf("buttons: %+v", buttons)
	}
	if got := blockkit.MessageBlocks("text", nil); len(got) != 1 || got[0].Text != mrkdwn("text") {
		t.Errorf("a message without blocks is %+v", got)
	}
}

// Only a mrkdwn has markup, and a plain_text has emoji if it asks for them.
func TestText_Spans(t *testing.T) {
	t.Parallel()
	text := func(s string) mrkdwn.Span { return mrkdwn.Span{Text: s} }
	for _, c := range []struct {
		text blockkit.Text
		want []mrkdwn.Span
	}{
		{blockkit.Text{Type: "mrkdwn", Text: "*a* :tada:"}, []mrkdwn.Span{{Text: "a", Style: mrkdwn.Style{Bold: true}}, text(" 🎉")}},
		{blockkit.Text{Type: "plain_text", Text: "*a* <@U1> :tada:"}, []mrkdwn.Span{text("*a* <@U1> :tada:")}},
		{blockkit.Text{Type: "plain_text", Text: "*a* &amp; :tada:", Emoji: true}, []mrkdwn.Span{text("*a* &amp; 🎉")}},
		{blockkit.Text{Type: "plain_text", Emoji: true}, nil},
		{blockkit.Text{}, nil},
	} {
		if diff := cmp.Diff(c.want, c.text.Spans(), cmpopts.IgnoreUnexported(mrkdwn.Span{})); diff != "" {
			t.Errorf("%+v: %s", c.text, diff)
		}
	}
}
