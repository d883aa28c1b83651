package bot

import (
	"fmt"
	"testing"
	"time"

	"extendbot/order"
)

func TestResponseURLsAreForgottenInTimeAndBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := responseURLs{now: func() time.Time { return now }, by: map[order.ID]responseURL{}}
	for i := range maxResponseURLs + 10 {
		r.put(order.ID(fmt.Sprint(i)), "u")
	}
	if len(r.by) != maxResponseURLs {
		t.Errorf("%d remembered", len(r.by))
	}
	now = now.Add(responseURLLife + time.Second)
	if r.get("0") != "" {
		t.Error("an old one is still given out")
	}
	r.put("new", "u")
	if len(r.by) != 1 || r.get("new") != "u" {
		t.Errorf("%d remembered after all went out of date", len(r.by))
	}
}

func TestAnAppHomeIsNotDrawnForEveryVisit(t *testing.T) {
	now := time.Unix(1e9, 0)
	h := newHomes(func() time.Time { return now })
	if !h.due("U1") || h.due("U1") || !h.due("U2") {
		t.Error("the first visit of each, and no other, is due")
	}
	now = now.Add(homeInterval)
	if !h.due("U1") {
		t.Error("a later visit is due")
	}
	for i := range 3 * maxHomes {
		now = now.Add(time.Second)
		h.due(fmt.Sprint(i))
	}
	if len(h.last) > maxHomes {
		t.Errorf("%d remembered", len(h.last))
	}
}
