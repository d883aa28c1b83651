package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

func TestALongRetryAfterIsLeftToDueWork(t *testing.T) {
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: time.Minute}, 1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := w.slack.WaitCall(w.ctx(), "chat.postMessage", func(slacksim.Call) bool { return true }); err != nil {
		t.Fatal(err)
	}
	o, _ := w.ledger.only()
	err := w.app.Reconcile(t.Context(), o.ID)
	later, ok := errors.AsType[*order.Later](err)
	if !ok || time.Until(later.At) < 50*time.Second {
		t.Errorf("Tend says %v, want to be asked again in a minute", err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d calls, Slack wanted to be left alone", n)
	}
}

func TestAPostWhoseAnswerWasLostIsNotRepeatedAtOnce(t *testing.T) {
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{After: slacksim.Reset}, 1)
	w.command("U0ALICE", general, "web-1 24")
	w.card(general, withButtons)
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d posts", n)
	}
	if o, _ := w.ledger.only(); !o.CardDue() {
		t.Error("the card is noted as shown although nobody knows")
	}
}

func TestBlocksThatSlackRefusesAreSaidInPlainText(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Error: "invalid_blocks"}, 1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	word := w.word(card)
	if word.Blocks != nil || word.Text == "" {
		t.Errorf("the word is %+v", word)
	}
	if !strings.Contains(w.logs.String(), "invalid_blocks") {
		t.Error("nothing was logged")
	}
}

func TestACardThatCannotBePostedVoidsTheRequestAndTellsHowToMendIt(t *testing.T) {
	for _, code := range []string{"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "some_new_code", "missing_scope"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.slack.Fail("chat.postMessage", slacksim.Fault{Error: code}, 1)
			w.command("U0ALICE", general, "web-1 24")
			e := w.ephemeral("U0ALICE", "could not post the card")
			if e.Source != slacksim.SourceResponseURL {
				t.Errorf("told by %s", e.Source)
			}
			if o, _ := w.ledger.only(); o.State != order.Cancelled {
				t.Errorf("the order is %s", o.State)
			}
			if got := w.slack.Messages(general); len(got) != 0 {
				t.Errorf("posted %+v", got)
			}
		})
	}
}

func TestWithoutAResponseURLAVoidRequestIsToldByDirectMessage(t *testing.T) {
	w := start(t)
	w.slack.Fail("response_url", slacksim.Fault{Status: 404, Body: "used_url"}, -1)
	w.command("U0ALICE", private, "web-1 24")
	if _, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel("U0ALICE"), saying("could not post the card")); err != nil {
		t.Fatal(err)
	}
}

func TestAWordThatItsChannelRefusesGoesToWhoAsked(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Channel: general, Error: "is_archived"}, -1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	if _, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel("U0ALICE"), saying("web-1")); err != nil {
		t.Fatal(err)
	}
}

func TestAWordWhoseThreadIsGoneGoesToTheChannel(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Error: "thread_not_found"}, 1)
	w.slack.Fail("chat.update", slacksim.Fault{Error: "message_not_found"}, -1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.card(general, func(m slacksim.Message) bool { return m.TS != card.TS })
}

func TestErrorsAndLogsHoldNoSecret(t *testing.T) {
	w := start(t)
	w.slack.Fail("response_url", slacksim.Fault{Before: slacksim.Reset}, -1)
	d := w.command("U0ALICE", private, "web-1 24")
	if _, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel("U0ALICE"), saying("could not post the card")); err != nil {
		t.Fatal(err)
	}
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{
		"bot token": w.slack.BotToken(), "app token": w.slack.AppToken(),
		"response_url": d.ResponseURL[len(d.ResponseURL)-10:], "trigger_id": d.TriggerID,
	} {
		if strings.Contains(w.logs.String(), secret) {
			t.Errorf("the %s is in the logs", name)
		}
	}
}
