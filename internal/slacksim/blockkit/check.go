package blockkit

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Surface is where blocks are shown.
type Surface string

// The surfaces.
const (
	Message Surface = "message" // at most 50 blocks
	Modal   Surface = "modal"   // at most 100 blocks
	Home    Surface = "home"    // at most 100 blocks
)

// maxBlocks returns how many blocks the surface accepts.
func (s Surface) maxBlocks() int {
	if s == Message {
		return 50
	}
	return 100
}

// pointer returns the JSON pointer of the blocks in the call.
func (s Surface) pointer() string {
	if s == Message {
		return "/blocks"
	}
	return "/view/blocks"
}

// errorCode returns the error with which Slack refuses blocks.
func (s Surface) errorCode() string {
	if s == Message {
		return "invalid_blocks"
	}
	return "invalid_arguments"
}

// maxMessageChars is the number of characters in all blocks of a message above
// which Slack returns msg_blocks_too_long. The limit is not documented; apps
// have seen the error near this number.
const maxMessageChars = 13000

// Error is Slack's refusal of blocks or of a view.
type Error struct {
	Code     string   // Slack's error code: "invalid_blocks", …
	Problems []string // one for each mistake, with its JSON pointer; may be empty
}

// Error returns the code and the problems.
func (e *Error) Error() string {
	if len(e.Problems) == 0 {
		return e.Code
	}
	return e.Code + ": " + strings.Join(e.Problems, "; ")
}

// Check returns as an [*Error] what Slack would refuse in blocks, or nil. blocks
// are JSON ([]byte, json.RawMessage or string) or anything that marshals to it,
// such as slack-go's []slack.Block or slack.Blocks.
func Check(where Surface, blocks any) error {
	var raw json.RawMessage
	switch b := blocks.(type) {
	case json.RawMessage:
		raw = b
	case []byte:
		raw = b
	case string:
		raw = json.RawMessage(b)
	default:
		var err error
		if raw, err = json.Marshal(blocks); err != nil {
			return fmt.Errorf("blockkit: %w", err)
		}
	}
	_, err := Parse(where, raw)
	return err
}

// Parse checks blocks as Slack does and returns them as Slack stores them: with
// the missing block and action ids filled in, and nil for no blocks. The error
// is an [*Error].
// https://docs.slack.dev/reference/block-kit/blocks
func Parse(where Surface, raw json.RawMessage) (json.RawMessage, error) {
	if Empty(raw) {
		return nil, nil
	}
	var blocks []any
	if json.Unmarshal(raw, &blocks) != nil {
		return nil, &Error{Code: "invalid_blocks_format"}
	}
	c := newChecker(where)
	c.blocks(blocks)
	if err := c.err(); err != nil {
		return nil, err
	}
	if where == Message && c.chars > maxMessageChars {
		return nil, &Error{Code: "msg_blocks_too_long"}
	}
	if !c.idAdded {
		return raw, nil
	}
	return Encode(blocks), nil
}

// Empty reports whether Slack treats JSON as nothing: missing, null, {}, [] or
// "".
func Empty(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "{}", "[]", `""`:
		return true
	}
	return false
}

// Encode returns the JSON of a value that came from JSON, without escaping <, >
// and &.
func Encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // cannot fail for what came from JSON
	return bytes.TrimSpace(b.Bytes())
}

// object is a JSON object.
type object = map[string]any

// checker collects the mistakes, with the JSON pointer of each.
type checker struct {
	surface  Surface
	problems []string
	chars    int  // characters of all texts
	idAdded  bool // a missing id was filled in
	inputs   int  // input blocks
	focused  bool // an element gets the focus
	blockIDs map[string]bool
}

func newChecker(where Surface) *checker {
	return &checker{surface: where, blockIDs: make(map[string]bool)}
}

// err returns the mistakes as an error, or nil if there are none.
func (c *checker) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &Error{Code: c.surface.errorCode(), Problems: c.problems}
}

func (c *checker) report(pointer, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("[ERROR] "+format+" [json-pointer:%s]", append(args, pointer)...))
}

// at returns the JSON pointer of a key or an index below another pointer.
func at(pointer string, key any) string { return fmt.Sprint(pointer, "/", key) }

// length checks the number of characters, not bytes.
func (c *checker) length(text, p string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		c.report(p, "must be more than %d characters", least-1)
	case n > most:
		c.report(p, "must be less than %d characters", most+1)
	}
}

// onlyProperties refuses all properties except those listed, which are separated
// by blanks.
func (c *checker) onlyProperties(o object, p, properties string) {
	for name := range o {
		if !slices.Contains(strings.Fields(properties), name) {
			c.report(p, "invalid additional property: %s", name)
		}
	}
}

// optionalString checks a string property that may be missing.
func (c *checker) optionalString(o object, p, name string, most int) {
	v, present := o[name]
	if !present || v == nil {
		return
	}
	text, ok := v.(string)
	if !ok {
		c.report(at(p, name), "must be a string")
		return
	}
	c.length(text, at(p, name), 0, most)
}

// boolean checks a property that may be missing.
func (c *checker) boolean(o object, p, name string) {
	if v, present := o[name]; present {
		if _, ok := v.(bool); !ok {
			c.report(at(p, name), "must be a boolean")
		}
	}
}

// oneOf checks an array property that must have at least one item. Only words, which are
// separated by blanks, may be in it.
func (c *checker) oneOf(o object, p, name, words string) {
	all := strings.Fields(words)
	for i, v := range c.list(o, p, name, 1, len(all)) {
		if word, _ := v.(string); !slices.Contains(all, word) {
			c.report(at(at(p, name), i), "must be one of: %s", strings.Join(all, ", "))
		}
	}
}

// list returns an array property that must have least to most items.
func (c *checker) list(o object, p, name string, least, most int) []any {
	v, present := o[name]
	if !present {
		c.report(p, "missing required field: %s", name)
		return nil
	}
	items, ok := v.([]any)
	p = at(p, name)
	switch {
	case !ok:
		c.report(p, "must be an array")
	case len(items) < least:
		c.report(p, "no fewer than %d items allowed", least)
	case len(items) > most:
		c.report(p, "no more than %d items allowed", most)
	}
	return items
}

// objects yields the objects in an array property that must have least to most items,
// with their JSON pointers. It reports items that are not objects.
func (c *checker) objects(o object, p, name string, least, most int) iter.Seq2[string, object] {
	return func(yield func(string, object) bool) {
		for i, v := range c.list(o, p, name, least, most) {
			here := at(at(p, name), i)
			item, ok := v.(object)
			if !ok {
				c.report(here, "must be an object")
			} else if !yield(here, item) {
				return
			}
		}
	}
}

// id checks an id property, or fills it in if it is missing. It must differ from
// the ids in seen.
func (c *checker) id(o object, p, name string, seen map[string]bool) {
	id, _ := o[name].(string)
	if id == "" {
		o[name] = strings.ToLower(rand.Text()[:5])
		c.idAdded = true
		return
	}
	c.length(id, at(p, name), 1, 255)
	if seen[id] {
		c.report(at(p, name), "`%s` \"%s\" already exists", name, id)
	}
	seen[id] = true
}
