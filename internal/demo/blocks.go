package demo

import (
	"encoding/json"
	"strings"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// findButton returns the first button with this action id.
func findButton(blocks json.RawMessage, action string) (blockkit.Element, bool) {
	e, _, found := findButtonOf(blocks, action, "")
	return e, found
}

// findButtonOf returns the first button with this action id whose value has this prefix, and
// the id of its block.
func findButtonOf(blocks json.RawMessage, action, value string) (e blockkit.Element, blockID string, found bool) {
	for _, b := range blockkit.Blocks(blocks) {
		for _, e := range b.Buttons() {
			if e.ActionID == action && strings.HasPrefix(e.Value, value) {
				return e, b.ID, true
			}
		}
	}
	return blockkit.Element{}, "", false
}

// decided reports whether nobody can confirm what the message shows.
func decided(m slacksim.Message) bool {
	_, pending := findButton(m.Blocks, message.ActionConfirm)
	return !pending
}

// isReply reports whether a message is in the thread of another one.
func isReply(m slacksim.Message) bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }
