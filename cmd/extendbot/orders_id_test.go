package main

import (
	"testing"
	"time"

	"extendbot/order"
)

// pastedIDs are ids as people paste them, and what is no id.
var pastedIDs = []string{
	"06ppv9a8-kx3n7d2q", "`06ppv9a8-kx3n7d2q`", " 06ppv9a8-kx3n7d2q\n", "06ppv9a8-kx3n7d2q.", "\"06ppv9a8-kx3n7d2q\"", "\u200b06ppv9a8-kx3n7d2q\ufeff",
	"06PPV9A8-KX3N7D2Q", "06ppv9a8kx3n7d2q", "O6ppv9a8-kx3n7d2q", "06ppv9a8\u2013kx3n7d2q", "`O6PPV9A8-KX3N7D2Q`",
	"06ppv9a8-kx3n7d2", "O6ppv9a8kx3n7d2q", "06ppv9a8-kx3n7d2u", "06ppv9a8-kx3n7d2q06ppv9a8-kx3n7d2q",
	"", "-", "nobody", "'; DROP TABLE orders", "../../etc/passwd", "\x00", "\xff",
}

// An id is found in what people paste or type, in any case, with O for 0, and without
// quotation marks, backticks and blanks around it.
func TestOrderID_AsPasted(t *testing.T) {
	t.Parallel()
	for i, text := range pastedIDs {
		id, err := orderID(text)
		if good := i < 11; good != (err == nil) || good && id != "06ppv9a8-kx3n7d2q" {
			t.Errorf("%q: %q, %v", text, id, err)
		}
	}
	if made := order.NewID(time.Now()); func() bool { id, err := orderID(string(made)); return err != nil || id != made }() {
		t.Errorf("the id %s of a new order is refused", made)
	}
}

// Whatever is pasted, the result is an id that NewID could have made, or a
// mistake of usage.
func FuzzOrderID(f *testing.F) {
	for _, text := range pastedIDs {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := orderID(text)
		if err != nil {
			if _, ok := err.(usageError); !ok || id != "" { //nolint:errorlint // not wrapped
				t.Errorf("%q: %q, %v", text, id, err)
			}
			return
		}
		if same, ok := order.ParseID(string(id)); !ok || same != id || len(id) != 17 {
			t.Errorf("%q became %q", text, id)
		}
	})
}
