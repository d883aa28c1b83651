package slacksim

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// surface is where blocks are shown.
type surface struct {
	name    string
	max     int    // blocks
	pointer string // where the blocks stand in the call
	code    string // of the error
}

var (
	inMessage = surface{"message", 50, "/blocks", "invalid_blocks"}
	inModal   = surface{"modal", 100, "/view/blocks", "invalid_arguments"}
	inHome    = surface{"home", 100, "/view/blocks", "invalid_arguments"}
)

// maxMessageChars is where Slack answers msg_blocks_too_long. It is not documented;
// apps have met it near this number of characters in all blocks together.
const maxMessageChars = 13000

// object is one JSON object of Block Kit.
type object = map[string]any

// parseBlocks checks blocks as Slack does, fills in the ids that were left out and
// returns what is then stored; nil for none.
// https://docs.slack.dev/reference/block-kit/blocks
func parseBlocks(raw string, where surface) (json.RawMessage, error) {
	if !present(json.RawMessage(raw)) {
		return nil, nil
	}
	var blocks []any
	if json.Unmarshal([]byte(raw), &blocks) != nil {
		return nil, refuse("invalid_blocks_format")
	}
	k := &checker{surface: where, blockIDs: make(map[string]bool)}
	k.blocks(blocks)
	if len(k.problems) > 0 {
		return nil, &apiError{code: where.code, messages: k.problems}
	}
	if where.name == inMessage.name && k.chars > maxMessageChars {
		return nil, refuse("msg_blocks_too_long")
	}
	if !k.changed {
		return json.RawMessage(raw), nil
	}
	return encodeJSON(blocks), nil
}

// encodeJSON leaves <, > and & as they are.
func encodeJSON(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // it came from JSON
	return bytes.TrimSpace(b.Bytes())
}

// checker collects what is wrong with blocks, each with its JSON pointer.
type checker struct {
	surface  surface
	problems []string
	chars    int  // of all text objects
	changed  bool // an id was filled in
	inputs   int  // input blocks
	blockIDs map[string]bool
}

func (k *checker) wrong(pointer, format string, args ...any) {
	k.problems = append(k.problems, fmt.Sprintf("[ERROR] "+format+" [json-pointer:%s]", append(args, pointer)...))
}

func at(pointer string, key any) string { return fmt.Sprint(pointer, "/", key) }

func (k *checker) blocks(blocks []any) {
	if len(blocks) > k.surface.max {
		k.wrong(k.surface.pointer, "no more than %d items allowed", k.surface.max)
		return
	}
	for i, b := range blocks {
		p := at(k.surface.pointer, i)
		block, ok := b.(object)
		if !ok {
			k.wrong(p, "must be an object")
			continue
		}
		k.block(block, p)
	}
}

func (k *checker) block(b object, p string) {
	kind, ok := b["type"].(string)
	if !ok {
		k.wrong(p, "missing required field: type")
		return
	}
	rule, known := blockRules[kind]
	if !known || rule.surfaces != "" && !slices.Contains(strings.Fields(rule.surfaces), k.surface.name) {
		k.wrong(at(p, "type"), "unsupported type: %s", kind)
		return
	}
	k.blockID(b, p)
	if rule.check != nil {
		rule.check(k, b, p)
	}
}

func (k *checker) blockID(b object, p string) {
	id, _ := b["block_id"].(string)
	if id == "" {
		b["block_id"] = strings.ToLower(rand.Text()[:5])
		k.changed = true
		return
	}
	k.length(id, at(p, "block_id"), 1, 255)
	if k.blockIDs[id] {
		k.wrong(at(p, "block_id"), "`block_id` \"%s\" already exists", id)
	}
	k.blockIDs[id] = true
}

// length checks the number of characters, not bytes.
func (k *checker) length(text, p string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		k.wrong(p, "must be more than %d characters", least-1)
	case n > most:
		k.wrong(p, "must be less than %d characters", most+1)
	}
}

// only refuses properties that the object does not have.
func (k *checker) only(o object, p, properties string) {
	for name := range o {
		if !slices.Contains(strings.Fields(properties), name) {
			k.wrong(p, "invalid additional property: %s", name)
		}
	}
}

// optional checks a string property that may be missing.
func (k *checker) optional(o object, p, name string, most int) {
	v, there := o[name]
	if !there || v == nil {
		return
	}
	text, ok := v.(string)
	if !ok {
		k.wrong(at(p, name), "must be a string")
		return
	}
	k.length(text, at(p, name), 0, most)
}

// list returns an array property with least to most items.
func (k *checker) list(o object, p, name string, least, most int) []any {
	v, there := o[name]
	if !there {
		k.wrong(p, "missing required field: %s", name)
		return nil
	}
	items, ok := v.([]any)
	p = at(p, name)
	switch {
	case !ok:
		k.wrong(p, "must be an array")
	case len(items) < least:
		k.wrong(p, "no fewer than %d items allowed", least)
	case len(items) > most:
		k.wrong(p, "no more than %d items allowed", most)
	}
	return items
}
