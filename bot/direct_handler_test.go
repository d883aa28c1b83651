package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"extendbot/bot/command"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// write sends the bot a direct message, and fails without an ack.
func (w *world) write(user, text string) *slacksim.Delivery {
	w.t.Helper()
	d, err := w.slack.Direct(w.ctx(), user, text)
	if err != nil {
		w.t.Fatalf("%s writes %q: %v", user, text, err)
	}
	return d
}

// told waits for a direct message of the bot to a person that is not a card.
func (w *world) told(user, part string) slacksim.Message {
	w.t.Helper()
	return w.card(w.slack.DirectChannel(user), func(m slacksim.Message) bool {
		return m.User == w.slack.BotUserID() && strings.Contains(m.Text, part)
	})
}

// An order in a direct message is recorded before its event is acked, so that Slack
// delivers the message again if the process dies before.
func TestDirect_RecordedBeforeItsAck(t *testing.T) {
	t.Parallel()
	w := start(t)
	free := w.ledger.hold(t)
	acked := make(chan error, 1)
	go func() {
		_, err := w.slack.Direct(w.ctx(), "U0ALICE", "web-1 24")
		acked <- err
	}()
	<-w.ledger.entered
	if n := w.slack.Acks().Accepted; n != 0 {
		t.Errorf("%d acks before the order is recorded", n)
	}
	free()
	if err := <-acked; err != nil {
		t.Fatal(err)
	}
	if _, one := w.ledger.only(); !one {
		t.Error("after the ack, there is not one order")
	}
	w.card(w.slack.DirectChannel("U0ALICE"), withButtons)
}

// A direct message that is delivered again is the same order, whatever the envelope.
func TestDirect_RedeliveredIsOneOrder(t *testing.T) {
	t.Parallel()
	w := start(t)
	d := w.write("U0ALICE", "web-1 24")
	card := w.card(w.slack.DirectChannel("U0ALICE"), withButtons)
	w.mustClick("U0ALICE", card, "order_cancel") // so that the same can be asked for again
	for _, sameEnvelope := range []bool{true, false} {
		if _, err := w.slack.Redeliver(w.ctx(), d, sameEnvelope); err != nil {
			t.Error(err)
		}
	}
	if _, one := w.ledger.only(); !one {
		t.Errorf("there are %d orders", len(w.ledger.Orders()))
	}
}

// If the order cannot be recorded, the person who wrote is told.
func TestDirect_LedgerDown(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.ledger.fail(errors.New("down"))
	w.write("U0ALICE", "web-1 24")
	w.told("U0ALICE", "Something went wrong on my side")
}

// A "cancel" that Slack delivers late does not withdraw what was asked for after it.
func TestDirect_CancelDeliveredLate(t *testing.T) {
	t.Parallel()
	w := start(t)
	now := time.Now()
	w.command("U0ALICE", general, "web-1 24")
	for _, c := range []struct {
		written time.Time
		want    order.State
	}{{now.Add(-time.Minute), order.Pending}, {now.Add(time.Second), order.Cancelled}} {
		event := map[string]any{
			"type": "message", "channel_type": "im", "user": "U0ALICE", "text": "cancel", "channel": w.slack.DirectChannel("U0ALICE"),
			"ts": timestamp(c.written),
		}
		if _, err := w.slack.Event(w.ctx(), event); err != nil {
			t.Fatal(err)
		}
		if o, _ := w.ledger.only(); o.State != c.want {
			t.Errorf("written at %s, it leaves the order %s, want %s", c.written, o.State, c.want)
		}
	}
}

// In a message that Slack delivers late, "until 18:00" means the day on which it was written.
func TestDirect_UntilDeliveredLate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 19, 0, 0, 0, time.UTC)
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.Now = func() time.Time { return now } })
	for _, c := range []struct {
		text    string
		written time.Time
		want    int // the day of March
	}{
		{"until 18:00 utc", now.Add(-90 * time.Minute), 2},
		{"until 18:00 utc", time.Time{}, 3},               // typed just now
		{"until 20:00 utc", now.Add(90 * time.Minute), 2}, // its clock is ahead
		{"until tomorrow 18:00 utc", now.Add(-20 * time.Hour), 2},
	} {
		parsed, err := command.Parse("web-1 "+c.text, command.Options{Limit: 720})
		if err != nil {
			t.Fatal(err)
		}
		until, _, err := w.app.handlers.until(w.ctx(), typed{Command: parsed, e: &envelope{}, by: w.app.workspace.Person("U0ALICE"), at: c.written})
		if err != nil || until.Day() != c.want {
			t.Errorf("%q of %s means %s, %v; want day %d", c.text, c.written, until, err, c.want)
		}
	}
}

// If all workers are busy, the person who wrote is told.
func TestDirect_Busy(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.Workers = 1 })
	free := w.ledger.hold(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = w.slack.Direct(w.ctx(), "U0ALICE", "web-1 24")
	}()
	<-w.ledger.entered
	w.write("U0BOB", "web-1 24")
	w.told("U0BOB", "too busy")
	free()
	<-ended
}

// A direct message that cannot be decoded is acked, and its author is told.
func TestDirect_Unreadable(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, app := range []string{`"B0BOT"`, `""`} {
		payload := json.RawMessage(`{"type":"event_callback","team_id":"T0TEAM","api_app_id":"A0APP","event":{"type":"message","channel_type":"im","user":"U0BOB","channel":"` +
			w.slack.DirectChannel("U0BOB") + `","text":7,"bot_id":` + app + `}}`)
		if _, err := w.slack.Deliver(w.ctx(), slacksim.EventsAPI, payload, false); err != nil {
			t.Fatal(err)
		}
	}
	w.told("U0BOB", "could not read")
	if n := len(w.slack.Messages(w.slack.DirectChannel("U0BOB"))); n != 1 {
		t.Errorf("%d messages, want none about what an app wrote", n)
	}
}

// What apps write, edits, other conversations, and files without a text are no commands.
func TestDirect_OnlyWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	w := start(t)
	channel := w.slack.DirectChannel("U0ALICE")
	for name, change := range map[string]map[string]any{
		"an app": {"bot_id": "B0OTHER"}, "the bot itself": {"user": w.slack.BotUserID(), "bot_id": "B0BOT"},
		"an edit": {"subtype": "message_changed", "message": map[string]any{"text": "web-1 24", "user": "U0ALICE"}},
		"deleted": {"subtype": "message_deleted"}, "a topic": {"subtype": "channel_topic"}, "an old app": {"subtype": "bot_message"},
		"a channel": {"channel_type": "channel", "channel": general}, "a group": {"channel_type": "mpim", "channel": "G0GROUP"},
		"a file": {"subtype": "file_share", "text": ""}, "nobody": {"user": ""},
	} {
		event := map[string]any{"type": "message", "channel_type": "im", "user": "U0ALICE", "text": "web-1 24", "channel": channel, "ts": timestamp(time.Now())}
		maps.Copy(event, change)
		if _, err := w.slack.Event(w.ctx(), event); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := len(w.ledger.Orders()); n != 0 {
			t.Fatalf("%s leads to %d orders", name, n)
		}
	}
	w.write("U0ALICE", "help")
	w.told("U0ALICE", "web-1 3d")
	if _, err := w.slack.WaitCall(w.ctx(), "chat.postMessage", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d messages were posted, want only the last answer", n)
	}
	for subtype, text := range map[string]string{"file_share": "web-1 25", "thread_broadcast": "web-1 26"} {
		event := map[string]any{"type": "message", "channel_type": "im", "subtype": subtype, "user": "U0ALICE", "text": text, "channel": channel, "ts": timestamp(time.Now())}
		if _, err := w.slack.Event(w.ctx(), event); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.ledger.Orders()); n != 2 {
		t.Errorf("%d orders of two messages that people wrote", n)
	}
}

// timestamp returns a time as Slack writes the time of a message.
func timestamp(at time.Time) string { return fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000) }
