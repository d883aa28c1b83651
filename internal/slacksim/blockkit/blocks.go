package blockkit

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// blockRule says how to check one kind of block.
type blockRule struct {
	surfaces string // separated by blanks; "" for all
	check    func(*checker, object, string)
}

// blockRules are the blocks that Slack accepts. For blocks without a check,
// which are newer, only the surface is checked.
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

// blocks checks the blocks of a surface.
func (c *checker) blocks(blocks []any) {
	if len(blocks) > c.surface.maxBlocks() {
		c.report(c.surface.pointer(), "no more than %d items allowed", c.surface.maxBlocks())
		return
	}
	for i, b := range blocks {
		p := at(c.surface.pointer(), i)
		block, ok := b.(object)
		if !ok {
			c.report(p, "must be an object")
			continue
		}
		c.block(block, p)
	}
}

func (c *checker) block(b object, p string) {
	kind, ok := b["type"].(string)
	if !ok {
		c.report(p, "missing required field: type")
		return
	}
	rule, known := blockRules[kind]
	if !known || rule.surfaces != "" && !slices.Contains(strings.Fields(rule.surfaces), string(c.surface)) {
		c.report(at(p, "type"), "unsupported type: %s", kind)
		return
	}
	c.id(b, p, "block_id", c.blockIDs)
	if rule.check != nil {
		rule.check(c, b, p)
	}
}

// text checks the text object in a required property. Only plain text may have
// emoji, and only mrkdwn may have verbatim.
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
func (c *checker) text(o object, p, name string, most int, plainOnly bool) {
	v, present := o[name]
	if !present || v == nil {
		c.report(p, "missing required field: %s", name)
		return
	}
	c.textObject(v, at(p, name), most, plainOnly)
}

func (c *checker) textObject(v any, p string, most int, plainOnly bool) {
	t, ok := v.(object)
	if !ok {
		c.report(p, "must be an object")
		return
	}
	switch kind, _ := t["type"].(string); {
	case kind == "plain_text":
		c.onlyProperties(t, p, "type text emoji")
	case kind == "mrkdwn" && !plainOnly:
		c.onlyProperties(t, p, "type text verbatim")
	case kind == "":
		c.report(p, "missing required field: type")
	default:
		c.report(at(p, "type"), "unsupported type: %s", kind)
	}
	text, ok := t["text"].(string)
	if !ok {
		c.report(p, "missing required field: text")
		return
	}
	c.chars += utf8.RuneCountInString(text)
	c.length(text, at(p, "text"), 1, most)
}

// https://docs.slack.dev/reference/block-kit/blocks/section-block
func checkSection(c *checker, b object, p string) {
	c.onlyProperties(b, p, "type block_id text fields accessory expand")
	_, hasFields := b["fields"]
	if _, hasText := b["text"]; hasText || !hasFields {
		c.text(b, p, "text", 3000, false)
	}
	if hasFields {
		for i, f := range c.list(b, p, "fields", 1, 10) {
			c.textObject(f, at(at(p, "fields"), i), 2000, false)
		}
	}
	if a, ok := b["accessory"]; ok {
		c.element(a, at(p, "accessory"), "section", make(map[string]bool))
	}
}

// https://docs.slack.dev/reference/block-kit/blocks/header-block
func checkHeader(c *checker, b object, p string) {
	c.onlyProperties(b, p, "type block_id text level")
	c.text(b, p, "text", 150, true)
}

// https://docs.slack.dev/reference/block-kit/blocks/divider-block
func checkDivider(c *checker, b object, p string) { c.onlyProperties(b, p, "type block_id") }

// https://docs.slack.dev/reference/block-kit/blocks/context-block
func checkContext(c *checker, b object, p string) {
	c.onlyProperties(b, p, "type block_id elements")
	for i, e := range c.list(b, p, "elements", 1, 10) {
		here := at(at(p, "elements"), i)
		o, ok := e.(object)
		if ok && o["type"] == "image" {
			checkImageElement(c, o, here)
			continue
		}
		c.textObject(e, here, 3000, false)
	}
}

// https://docs.slack.dev/reference/block-kit/blocks/actions-block
func checkActions(c *checker, b object, p string) {
	c.onlyProperties(b, p, "type block_id elements")
	ids := make(map[string]bool)
	for i, e := range c.list(b, p, "elements", 1, 25) {
		c.element(e, at(at(p, "elements"), i), "actions", ids)
	}
}

// https://docs.slack.dev/reference/block-kit/blocks/input-block
func checkInput(c *checker, b object, p string) {
	c.inputs++
	c.onlyProperties(b, p, "type block_id label element hint optional dispatch_action")
	c.text(b, p, "label", 2000, true)
	c.boolean(b, p, "optional")
	c.boolean(b, p, "dispatch_action")
	if _, ok := b["hint"]; ok {
		c.text(b, p, "hint", 2000, true)
	}
	e, ok := b["element"]
	if !ok {
		c.report(p, "missing required field: element")
		return
	}
	c.element(e, at(p, "element"), "input", make(map[string]bool))
}

func checkImage(c *checker, b object, p string) {
	checkImageElement(c, b, p)
	if _, ok := b["title"]; ok {
		c.text(b, p, "title", 2000, true)
	}
}

func checkImageElement(c *checker, o object, p string) {
	alt, ok := o["alt_text"].(string)
	if !ok {
		c.report(p, "missing required field: alt_text")
	}
	c.length(alt, at(p, "alt_text"), 0, 2000)
	_, file := o["slack_file"]
	if _, url := o["image_url"]; !url && !file {
		c.report(p, "missing required field: image_url")
	}
	c.optionalString(o, p, "image_url", 3000)
}

func checkMarkdown(c *checker, b object, p string) {
	c.onlyProperties(b, p, "type block_id text")
	text, ok := b["text"].(string)
	if !ok {
		c.report(p, "missing required field: text")
		return
	}
	c.chars += utf8.RuneCountInString(text)
	c.length(text, at(p, "text"), 1, 12000)
}
