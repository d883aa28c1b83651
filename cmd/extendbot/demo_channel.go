package main

import (
	"cmp"
	"slices"

	"extendbot/internal/slacksim"
)

// channel shows a whole channel: its messages, under each its thread, and what
// the reader alone was shown.
func (s screen) channel(messages []slacksim.Message, private []slacksim.Ephemeral, reader string) []string {
	type entry struct {
		ts    string
		lines []string
	}
	var entries []entry
	for _, m := range messages {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			continue
		}
		lines := s.message(m, whole, editNotes(m)...)
		for _, reply := range messages {
			if reply.ThreadTS == m.TS && reply.TS != m.TS {
				lines = append(append(lines, ""), indent("    ", s.message(reply, whole, editNotes(reply)...))...)
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

func editNotes(m slacksim.Message) []string {
	if m.Edits > 0 {
		return []string{"edited"}
	}
	return nil
}
