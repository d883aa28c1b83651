package demo

import (
	"cmp"
	"slices"

	"extendbot/internal/slacksim"
)

// channel renders a whole channel: its messages, each with its thread, and what
// only the reader was shown.
func (s screen) channel(messages []slacksim.Message, private []slacksim.Ephemeral, reader string) []string {
	type entry struct {
		ts    string
		lines []string
	}
	var entries []entry
	for _, m := range messages {
		if isReply(m) {
			continue
		}
		lines := s.message(m, whole, edited(m)...)
		for _, reply := range messages {
			if isReply(reply) && reply.ThreadTS == m.TS {
				lines = append(append(lines, ""), indent("    ", s.message(reply, whole, edited(reply)...))...)
			}
		}
		entries = append(entries, entry{m.TS, lines})
	}
	for _, e := range private {
		entries = append(entries, entry{e.TS, s.ephemeral(e, reader)})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.ts, b.ts) })
	var lines []string
	for i, e := range entries {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, e.lines...)
	}
	return lines
}

func edited(m slacksim.Message) []string {
	if m.Edits > 0 {
		return []string{"edited"}
	}
	return nil
}
