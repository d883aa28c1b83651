package bot

import (
	"fmt"
	"testing"
	"time"

	"extendbot/order"
)

// A response_url is forgotten after its time, and only a limited number is
// remembered.
func TestResponseURLs_Bounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	r := newResponseURLs[order.ID](func() time.Time { return now })
	for i := range maxResponseURLs + 10 {
		r.put(order.ID(fmt.Sprint(i)), "u")
	}
	if len(r.by) != maxResponseURLs {
		t.Errorf("%d remembered", len(r.by))
	}
	now = now.Add(responseURLLife + time.Second)
	if r.get("0") != "" {
		t.Error("an expired one is still returned")
	}
	r.put("new", "u")
	if len(r.by) != 1 || r.get("new") != "u" {
		t.Errorf("%d remembered after all of them expired", len(r.by))
	}
}
