package slacksim

import "unicode/utf8"

// blockRule is what is known of one kind of block.
type blockRule struct {
	surfaces string // "" for all
	check    func(*checker, object, string)
}

// blockRules has the blocks that Slack takes, with the limits of the classic ones.
// The newer ones are checked for their surface only; markdown also for its length.
var blockRules = map[string]blockRule{
	"section":  {check: checkSection},
	"header":   {check: checkHeader},
	"context":  {check: checkContext},
	"actions":  {check: checkActions},
	"divider":  {check: checkDivider},
	"image":    {check: checkImage},
	"input":    {check: checkInput},
	"markdown": {surfaces: "message", check: checkMarkdown},

	"rich_text": {}, "video": {}, "file": {},
	"alert":              {surfaces: "modal"},
	"table":              {surfaces: "message"},
	"context_actions":    {surfaces: "message"},
	"plan":               {surfaces: "message"},
	"task_card":          {surfaces: "message"},
	"data_table":         {surfaces: "message home"},
	"data_visualization": {surfaces: "message home"},
	"card":               {surfaces: "message home"},
	"carousel":           {surfaces: "message home"},
	"container":          {surfaces: "message home"},
}

// text checks the text object in a property. Plain text knows emoji, mrkdwn knows
// verbatim, neither knows the other's.
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
func (k *checker) text(o object, p, name string, most int, plainOnly bool) {
	v, there := o[name]
	if !there || v == nil {
		k.wrong(p, "missing required field: %s", name)
		return
	}
	k.textObject(v, at(p, name), most, plainOnly)
}

func (k *checker) textObject(v any, p string, most int, plainOnly bool) {
	t, ok := v.(object)
	if !ok {
		k.wrong(p, "must be an object")
		return
	}
	switch kind, _ := t["type"].(string); {
	case kind == "plain_text":
		k.only(t, p, "type text emoji")
	case kind == "mrkdwn" && !plainOnly:
		k.only(t, p, "type text verbatim")
	case kind == "":
		k.wrong(p, "missing required field: type")
	default:
		k.wrong(at(p, "type"), "unsupported type: %s", kind)
	}
	text, ok := t["text"].(string)
	if !ok {
		k.wrong(p, "missing required field: text")
		return
	}
	k.chars += utf8.RuneCountInString(text)
	k.length(text, at(p, "text"), 1, most)
}

func checkSection(k *checker, b object, p string) {
	k.only(b, p, "type block_id text fields accessory expand")
	_, hasFields := b["fields"]
	if _, hasText := b["text"]; hasText || !hasFields {
		k.text(b, p, "text", 3000, false)
	}
	if hasFields {
		for i, f := range k.list(b, p, "fields", 1, 10) {
			k.textObject(f, at(at(p, "fields"), i), 2000, false)
		}
	}
	if a, ok := b["accessory"]; ok {
		k.element(a, at(p, "accessory"), make(map[string]bool))
	}
}

func checkHeader(k *checker, b object, p string) {
	k.only(b, p, "type block_id text level")
	k.text(b, p, "text", 150, true)
}

func checkDivider(k *checker, b object, p string) { k.only(b, p, "type block_id") }

func checkContext(k *checker, b object, p string) {
	k.only(b, p, "type block_id elements")
	for i, e := range k.list(b, p, "elements", 1, 10) {
		here := at(at(p, "elements"), i)
		o, ok := e.(object)
		if ok && o["type"] == "image" {
			checkImageElement(k, o, here)
			continue
		}
		k.textObject(e, here, 3000, false)
	}
}

func checkActions(k *checker, b object, p string) {
	k.only(b, p, "type block_id elements")
	ids := make(map[string]bool)
	for i, e := range k.list(b, p, "elements", 1, 25) {
		here := at(at(p, "elements"), i)
		if o, ok := e.(object); ok && o["type"] == "plain_text_input" {
			k.wrong(at(here, "type"), "unsupported type: plain_text_input")
			continue
		}
		k.element(e, here, ids)
	}
}

func checkInput(k *checker, b object, p string) {
	k.inputs++
	k.only(b, p, "type block_id label element hint optional dispatch_action")
	k.text(b, p, "label", 2000, true)
	if _, ok := b["hint"]; ok {
		k.text(b, p, "hint", 2000, true)
	}
	e, ok := b["element"]
	if !ok {
		k.wrong(p, "missing required field: element")
		return
	}
	if o, ok := e.(object); ok && o["type"] == "button" {
		k.wrong(at(at(p, "element"), "type"), "unsupported type: button")
		return
	}
	k.element(e, at(p, "element"), make(map[string]bool))
}

func checkImage(k *checker, b object, p string) {
	checkImageElement(k, b, p)
	if _, ok := b["title"]; ok {
		k.text(b, p, "title", 2000, true)
	}
}

func checkImageElement(k *checker, o object, p string) {
	alt, ok := o["alt_text"].(string)
	if !ok {
		k.wrong(p, "missing required field: alt_text")
	}
	k.length(alt, at(p, "alt_text"), 0, 2000)
	_, file := o["slack_file"]
	if _, url := o["image_url"]; !url && !file {
		k.wrong(p, "missing required field: image_url")
	}
	k.optional(o, p, "image_url", 3000)
}

func checkMarkdown(k *checker, b object, p string) {
	k.only(b, p, "type block_id text")
	text, ok := b["text"].(string)
	if !ok {
		k.wrong(p, "missing required field: text")
		return
	}
	k.chars += utf8.RuneCountInString(text)
	k.length(text, at(p, "text"), 1, 12000)
}
