package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/order"
)

func alice() order.Person { return order.Person{Team: "T0TEAM", User: "U0ALICE"} }
func bob() order.Person   { return order.Person{Team: "T0TEAM", User: "U0BOB"} }

func coded(code order.Code, o *order.Order, near ...string) error {
	return fmt.Errorf("desk: %w", &order.Error{Code: code, Detail: "inner detail", Order: o, Near: near, Err: errors.New("inner cause")})
}

// Each refusal says what was wrong and what to do, and shows no internal
// details.
func TestRefusal_SaysWhatToDo(t *testing.T) {
	pending, placing, placed, unknown := testOrder(order.Pending), testOrder(order.Placing), testOrder(order.Placed), testOrder(order.Unknown)
	settled := testOrder(order.NotPlaced)
	settled.SettledBy = "U0ALICE"
	typed := RefusalView{Person: alice(), Server: "web-9", Servers: []order.Server{{Name: "web-1"}}, Limit: testLimit}
	anyServer := RefusalView{Person: alice(), Server: "web_9", Limit: testLimit}
	pressed := RefusalView{Person: bob(), Click: true, Order: pending, Limit: testLimit}
	own := RefusalView{Person: alice(), Click: true, Order: pending, Limit: testLimit}
	listing := typed
	listing.Servers = []order.Server{{Name: "db-1"}, {ID: "a6bbde9c"}}

	var all strings.Builder
	for _, c := range []struct {
		name  string
		err   error
		asked RefusalView
	}{
		{"stranger", coded(order.CodeStranger, nil), typed},
		{"stranger at a click", coded(order.CodeStranger, nil), pressed},
		{"not yours", coded(order.CodeNotYours, nil), pressed},
		{"no longer yours", coded(order.CodeNotYours, nil), own},
		{"unknown server, something near", coded(order.CodeUnknownServer, nil, "web-1", "web-2"), typed},
		{"unknown server, nothing near", coded(order.CodeUnknownServer, nil), typed},
		{"unknown server, nothing near, list known", coded(order.CodeUnknownServer, nil), listing},
		{"unknown server, any id", coded(order.CodeUnknownServer, nil), anyServer},
		{"bad hours", coded(order.CodeBadHours, nil), typed},
		{"server held by an unknown outcome", coded(order.CodeServerHeld, &unknown), typed},
		{"server held at a click", coded(order.CodeServerHeld, &placing), own},
		{"duplicate", coded(order.CodeDuplicate, &pending), typed},
		{"decided", coded(order.CodeDecided, &placed), pressed},
		{"conflict", coded(order.CodeConflict, nil), pressed},
		{"settled already", coded(order.CodeConflict, &settled), pressed},
		{"the host's order belongs to another one", coded(order.CodeClaimed, &placed), RefusalView{Person: bob(), Click: true, Order: unknown, Limit: testLimit}},
		{"no admin", coded(order.CodeNotAdmin, nil), RefusalView{Person: bob(), Click: true, Order: unknown, Limit: testLimit, Admins: []string{"U0ALICE", "U0CAROL"}}},
		{"no admin where there is none", coded(order.CodeNotAdmin, nil), RefusalView{Person: bob(), Click: true, Order: unknown, Limit: testLimit}},
		{"order not found", coded(order.CodeNotFound, nil), RefusalView{Person: bob(), Click: true, Limit: testLimit}},
		{"unavailable", coded(order.CodeUnavailable, nil), typed},
		{"unavailable at a click", coded(order.CodeUnavailable, nil), pressed},
		{"internal", errors.New("inner cause"), typed},
		{"illegal", coded(order.CodeIllegal, nil), pressed},
	} {
		m := Refusal(c.err, c.asked)
		if err := wellFormed(m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if strings.Contains(m.Text, "inner") {
			t.Errorf("%s shows internal details: %s", c.name, m.Text)
		}
		if strings.Contains(m.Text, "!") && !strings.Contains(m.Text, "<!date") {
			t.Errorf("%s has an exclamation mark: %s", c.name, m.Text)
		}
		checkAck(t, c.name, m)
		fmt.Fprintf(&all, "== %s\n%s\n\n", c.name, m.Text)
	}
	goldenText(t, "refusals", all.String())
}

// A refusal has no gaps when nothing else is known.
func TestRefusal_ReadsWithoutDetails(t *testing.T) {
	for _, code := range []order.Code{
		order.CodeInternal, order.CodeStranger, order.CodeNotYours, order.CodeNotAdmin, order.CodeUnknownServer, order.CodeBadHours,
		order.CodeServerHeld, order.CodeDuplicate, order.CodeDecided, order.CodeNotFound, order.CodeConflict, order.CodeClaimed,
		order.CodeIllegal, order.CodeUnavailable, "new",
	} {
		m := Refusal(&order.Error{Code: code}, RefusalView{})
		if err := wellFormed(m); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if strings.Contains(m.Text, emptyText) || strings.Contains(m.Text, "0 hours") || strings.Contains(m.Text, "  ") {
			t.Errorf("%s has a gap: %s", code, m.Text)
		}
	}
}

// The other messages.
func TestNotices_Golden(t *testing.T) {
	type named struct {
		name string
		m    Message
	}
	messages := []named{
		{"busy", Busy()},
		{"foreign", Foreign()},
		{"outsider", Outsider()},
		{"unreadable", Unreadable()},
	}
	for _, code := range []string{
		"not_in_channel", "channel_not_found", "is_archived", "restricted_action_read_only_channel",
		"messages_tab_disabled", "ekm_access_denied", "missing_scope", "<!evil>",
	} {
		o := order.Order{Channel: "C0OPS", Reason: CardRefusedReason(code)}
		messages = append(messages, named{"cannot post: " + code, CannotPost(testView(o), "extendbot")})
	}
	messages = append(messages,
		named{"cannot post in a direct message", CannotPost(testView(order.Order{Channel: "D0ALICE", Reason: CardRefusedReason("channel_not_found")}), "extendbot")},
		named{"cannot post, stored by an earlier version", CannotPost(testView(order.Order{Channel: "C0OPS", Reason: "its card could not be posted (not_in_channel)"}), "extendbot")})

	var all strings.Builder
	for _, c := range messages {
		if err := wellFormed(c.m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		checkAck(t, c.name, c.m)
		fmt.Fprintf(&all, "== %s\n%s\n\n", c.name, c.m.Text)
	}
	goldenText(t, "notices", all.String())
}

// checkAck checks that a message fits into an ack with room to spare: Slack
// drops frames of 20,480 bytes.
func checkAck(t *testing.T, name string, m Message) {
	t.Helper()
	frame, err := json.Marshal(slack.Msg{Text: m.Text, Blocks: slack.Blocks{BlockSet: m.Blocks}})
	if err != nil {
		t.Fatal(err)
	}
	if len(frame) > 15_000 {
		t.Errorf("%s: the ack has %d bytes", name, len(frame))
	}
}
