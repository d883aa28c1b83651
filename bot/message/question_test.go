package message

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"extendbot/order"
)

func unknownView(admins ...string) OrderView {
	o := testOrder(order.Unknown)
	o.FirstTry = testNow.Add(-32 * time.Second)
	v := testView(o)
	v.Admins = admins
	return v
}

// A question has buttons if there are admins who may press them.
func TestQuestion_ButtonsIfThereAreAdmins(t *testing.T) {
	golden(t, "question_admins", Question(unknownView("U0CAROL", "U0DAVE")))
	golden(t, "question_nobody", Question(unknownView()))
	many := Question(unknownView(strings.Split(strings.Repeat("U0CAROL ", 900)+"U0DAVE", " ")...))
	if err := wellFormed(many); err != nil {
		t.Error(err)
	}
}

// A person whose answer does not settle the order is told why.
func TestFindingRefused_SaysWhy(t *testing.T) {
	for name, placed := range map[string]bool{"finding_refused": false, "finding_refused_placed": true} {
		o := testOrder(order.Unknown)
		o.Finding = order.Finding{By: "U0CAROL", Placed: placed, At: testNow, Refused: "0xhost lists h-9, which can be it"}
		if placed {
			o.Finding.Refused = "the policy changed, and they may not settle it anymore"
		}
		golden(t, name, FindingRefused(OrderView{Order: o}))
	}
}

// A question says what 0xhost's list showed.
func TestQuestion_SaysWhatTheListShowed(t *testing.T) {
	one, many := []string{"13587d01-c8cd-11f0-8cdf-525400792197"}, []string{"h-1", "h-2", "h-3", "h-4", "h-5", "h-6", "h-7"}
	var all strings.Builder
	for _, l := range []order.Candidates{
		{},
		{Match: order.MatchNone},
		{Match: order.MatchOne, IDs: one},
		{Match: order.MatchSeveral, IDs: many[:2]},
		{Match: order.MatchSeveral, IDs: many},
		{Match: order.MatchDoubtful, IDs: one},
		{Match: order.MatchPartialList},
		{Match: order.MatchPartialList, IDs: many[:2]},
		{Match: order.MatchNoBaseline},
		{Match: order.MatchNoBaseline, IDs: one},
		{Match: order.MatchNoList},
		{Match: order.MatchSeveral, IDs: []string{"<!channel> `*x*` & <https://evil.example|here>", strings.Repeat("long-", 100)}},
	} {
		v := unknownView("U0CAROL")
		v.Candidates = l
		m := Question(v)
		if err := wellFormed(m); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
		said := lookupText(l)
		if !strings.Contains(m.Text, said) || !strings.Contains(readable(m.Blocks), said) {
			t.Errorf("%s: the question does not say so", l.Match)
		}
		fmt.Fprintf(&all, "== %s, %d\n%s\n\n", l.Match, len(l.IDs), said)
	}
	goldenText(t, "question_looks", all.String())
	v := unknownView("U0CAROL")
	v.Candidates = order.Candidates{Match: order.MatchSeveral, IDs: many[:2]}
	golden(t, "question_several", Question(v))
}

// A question that is answered or repeated has no buttons.
func TestQuestion_NoButtonsWhenOver(t *testing.T) {
	for name, m := range map[string]Message{
		"answered": QuestionAnswered(testOrder(order.NotPlaced)), "asked_again": QuestionRepeated(testOrder(order.Unknown)),
	} {
		golden(t, "question_"+name, m)
	}
}

// The message about an unknown outcome names the time until which the order is
// looked up.
func TestThreadMessage_SaysUntilWhenLookedUp(t *testing.T) {
	v := unknownView()
	v.LookupUntil = testNow.Add(10 * time.Minute)
	m, _ := ThreadMessage(v)
	golden(t, "thread_unknown_looked_up", m)
	v.Now = v.LookupUntil
	if m, _ := ThreadMessage(v); strings.Contains(m.Text, "I look for it") {
		t.Errorf("the lookup is over, but the message announces one: %s", m.Text)
	}
}
