package slackweb

import (
	"slices"
	"time"

	"extendbot/internal/slacksim"
)

// shownMessage is a message as the templates see it.
type shownMessage struct {
	At         place
	ID         string // of its element
	TS         string
	Author     shownPerson
	Posted     time.Time // in the viewer's time zone
	Private    bool      // an ephemeral
	Edited     bool      // marked as edited
	Follows    bool      // directly after another one of the same author, so that it needs no name
	Blocks     []shownBlock
	Form       string // the id of the form to which its buttons belong
	HasButtons bool
	source     source        // of its blocks
	Replies    *shownReplies // nil if there are none
	Thread     string        // the address with its thread open; "" for an ephemeral and a reply
}

// shownReplies sums up a thread.
type shownReplies struct {
	Count   int
	Authors []shownPerson // the first few
	Last    string        // when the last reply was
}

// maxAuthors is how many authors of replies are shown.
const maxAuthors = 3

// with returns the sum with one more reply. r may be nil.
func (r *shownReplies) with(author slacksim.User, when string) *shownReplies {
	if r == nil {
		r = &shownReplies{}
	}
	r.Count++
	r.Last = when
	if p := shownAs(author); len(r.Authors) < maxAuthors && !slices.Contains(r.Authors, p) {
		r.Authors = append(r.Authors, p)
	}
	return r
}

// messageAt returns a message as the templates see it, without its blocks.
func messageAt(at place, thread string, author slacksim.User, m slacksim.Message) shownMessage {
	out := shown(at, thread, m.TS, author, m.PostedAt)
	out.source = source{m.Text, string(m.Blocks)}
	out.Edited = m.Edits > 0 && m.Blocks == nil // as Slack marks it
	out.Thread = at.InThread(m.TS).Path()
	return out
}

// ephemeralAt returns an ephemeral as the templates see it, without its blocks.
func ephemeralAt(at place, thread string, author slacksim.User, e slacksim.Ephemeral) shownMessage {
	out := shown(at, thread, e.TS, author, e.At)
	out.Private = true
	out.source = source{e.Text, string(e.Blocks)}
	return out
}

// shown returns what messages and ephemerals have in common.
func shown(at place, thread, ts string, author slacksim.User, posted time.Time) shownMessage {
	id := messageID(ts)
	if thread != "" {
		id = "t-" + id // the message that began it is in the conversation as well
	}
	return shownMessage{At: at, ID: id, TS: ts, Author: shownAs(author), Posted: posted.In(zoneOf(at.Viewer)), Form: "press-" + id}
}

// together is for how long the messages of one author are shown together.
const together = 5 * time.Minute

// follows reports whether a message is shown together with the one before it. Those of the
// app are not: each is a card of its own.
func (m shownMessage) follows(before shownMessage) bool {
	return m.Author == before.Author && !m.Author.IsApp && m.Posted.Sub(before.Posted) < together
}
