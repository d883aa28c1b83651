package service_test

import (
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// The card cannot be updated for ten minutes: the receipt is in the thread at once,
// and the card is tried again with pauses that grow, until it is right.
func TestCard_NotUpdatedForMinutes(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
		h.Confirm(card)
		began := time.Now()
		h.WaitReply(card, servicetest.Receipt)
		if took := time.Since(began); took > time.Second {
			t.Errorf("the receipt took %s", took)
		}
		servicetest.Pass(10 * time.Minute)
		if n := len(h.Slack.Calls("chat.update")); n > 20 { // soon there is one a minute
			t.Errorf("%d calls of chat.update in ten minutes", n)
		}
		h.Slack.Clear("chat.update")
		servicetest.Pass(longestPause)
		h.WaitCard(card, "went through")
		h.WantCharges(1, 1)
	})
}

// While 0xhost cannot be reached, an order changes its state with each try. That
// changes nothing on its card, so the pauses between updates that fail go on
// growing; the outcome is tried at once.
func TestCard_PausesGrowWhileOrderIsRetried(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
		h.RefuseOxhost(true)
		h.Confirm(card)
		servicetest.Pass(time.Minute)
		if n := len(h.Slack.Calls("chat.update")); n > maxCallsPerMinute {
			t.Errorf("%d calls of chat.update in a minute", n)
		}
		h.Slack.Clear("chat.update")
		h.RefuseOxhost(false)
		receipt := h.WaitReply(card, servicetest.Receipt)
		if updated := h.WaitCard(card, "went through"); updated.EditedAt.Sub(receipt.PostedAt) > time.Second {
			t.Errorf("the card showed the outcome %s after the thread", updated.EditedAt.Sub(receipt.PostedAt))
		}
	})
}

// toldPrivately returns what only alice could see, with the text.
func toldPrivately(h *servicetest.Harness, says string) []servicetest.Sighting {
	direct := h.Slack.DirectChannel(stage.Alice)
	return h.Seen(func(s servicetest.Sighting) bool {
		return s.Says(says) && (s.Only == stage.Alice || s.Channel == direct)
	})
}

// If nothing can be posted into the thread for a long time, the requester is told once, also
// if the program restarts before or after that; the thread follows once.
func TestTold_OnceAcrossRestarts(t *testing.T) {
	t.Parallel()
	for name, restarts := range map[string][]time.Duration{
		"before": {10 * time.Second}, "after": {40 * time.Second}, "both": {10 * time.Second, 40 * time.Second, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Start()
				card := h.Request(stage.Alice, "web-1 24")
				h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: stage.Ops, Error: "internal_error"}, -1)
				h.Confirm(card)
				for _, after := range restarts {
					servicetest.Pass(after)
					h.Restart()
				}
				servicetest.Pass(2 * time.Minute)
				if told := toldPrivately(h, servicetest.Receipt); len(told) != 1 {
					t.Errorf("the requester was told %v", told)
				}
				h.Slack.Clear("chat.postMessage")
				servicetest.Pass(longestPause)
				if n := len(inThread(h, card, servicetest.Receipt)); n != 1 {
					t.Errorf("%d receipts in the thread", n)
				}
				if n := len(toldPrivately(h, servicetest.Receipt)); n != 1 {
					t.Errorf("the requester was told %d times in the end", n)
				}
				h.WaitCard(card, "went through")
				h.WantCharges(1, 1)
			})
		})
	}
}

// What was shown while the ledger could not record that is not shown again.
func TestShown_OnceAlthoughNotRecorded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		column string
		thread bool // nothing can be posted into the thread, so the requester is told
	}{"card": {column: "card_ref"}, "thread message": {column: "word_ref"}, "requester": {column: "told_version", thread: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Start()
				h.Exec("CREATE TRIGGER down BEFORE UPDATE ON orders WHEN NEW." + c.column + " <> OLD." + c.column +
					" BEGIN SELECT RAISE(ABORT, 'the ledger is down'); END")
				card := h.Request(stage.Alice, "web-1 24")
				if c.thread {
					h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: stage.Ops, Error: "internal_error"}, -1)
				}
				if c.column != "card_ref" {
					h.Confirm(card)
				}
				servicetest.Pass(5 * time.Minute)
				h.Exec("DROP TRIGGER down")
				h.Slack.Clear("chat.postMessage")
				servicetest.Pass(longestPause)
				if c.column == "card_ref" {
					h.Confirm(card)
					servicetest.Pass(time.Minute)
				}
				cards := h.Seen(func(s servicetest.Sighting) bool {
					return s.Thread == "" && s.Only == "" && s.Channel == stage.Ops && !s.Changed
				})
				receipts, told := inThread(h, card, servicetest.Receipt), toldPrivately(h, servicetest.Receipt)
				if len(cards) != 1 || len(receipts) != 1 || c.thread != (len(told) == 1) || len(told) > 1 {
					t.Errorf("%d cards, %d receipts, told %d times", len(cards), len(receipts), len(told))
				}
				if o := h.Recorded(card); o.CardDue() || o.ThreadMessageDue() {
					t.Errorf("not everything was recorded: %+v", o)
				}
				h.WantCharges(1, 1)
			})
		})
	}
}

// The question about an unknown outcome, and that an order waits for 0xhost, are
// shown once too while the ledger cannot record that.
func TestShown_QuestionAndWaitingOnce(t *testing.T) {
	t.Parallel()
	refuse := func(column string) string {
		return "CREATE TRIGGER down_" + column + " BEFORE UPDATE ON orders WHEN NEW." + column + " <> OLD." + column +
			" BEGIN SELECT RAISE(ABORT, 'the ledger is down'); END"
	}
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Options = append(h.Options, servicetest.FastLookups)
		h.Start()
		h.Exec(refuse("ask_ref"), refuse("waiting_ref"))
		h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, 1)
		card := h.Request(stage.Alice, "web-1 24")
		h.WaitBaseline(card)
		h.Confirm(card)
		servicetest.Pass(5 * time.Minute)
		h.Exec("DROP TRIGGER down_ask_ref", "DROP TRIGGER down_waiting_ref")
		servicetest.Pass(longestPause)
		if n := len(inThread(h, card, waitingForHost)); n != 1 {
			t.Errorf("%d messages that it waits", n)
		}
		if all, open := questions(h); all != 1 || open != 1 {
			t.Errorf("%d questions, %d with buttons", all, open)
		}
		if o := h.Recorded(card); o.Question.Ref == "" {
			t.Error("the question was not recorded")
		}
	})
}

// After an unknown outcome was settled, the message in the thread that it is
// unknown is edited, when Slack accepts that.
func TestSuperseded_EditedWhenPossible(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]oxhostsim.Stage{"placed": oxhostsim.AfterCharge, "not placed": oxhostsim.BeforeCharge} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Settings.Admins = []string{stage.Bob}
				h.Options = append(h.Options, servicetest.FastLookups)
				h.Start()
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: when}, 1)
				card := h.Request(stage.Alice, "web-1 24")
				h.WaitBaseline(card)
				h.Confirm(card)
				unknown := h.WaitReply(card, "may or may not have been spent")
				h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
				if when == oxhostsim.BeforeCharge {
					h.Click(stage.Bob, h.WaitQuestion(card), "order_settle_not_placed")
				}
				servicetest.Pass(time.Minute)
				h.Slack.Clear("chat.update")
				servicetest.Pass(longestPause)
				now, _ := h.Slack.Message(stage.Ops, unknown.TS)
				if !servicetest.Contains(now, "Settled: the order") || servicetest.Contains(now, "may or may not") || now.Edits != 1 {
					t.Errorf("the message is %s", now.Text)
				}
				for _, m := range h.Slack.Messages(stage.Ops) {
					_, asks := m.Button("order_settle_placed")
					if servicetest.Contains(m, "may or may not have been spent") || asks {
						t.Errorf("this is not true anymore: %s", m.Text)
					}
				}
			})
		})
	}
}

// Slack limits chat.update for a minute: in the same channel, receipts, new cards,
// and answers that only one person sees do not wait.
func TestThrottled_UpdatesHoldUpNothingElse(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		first, second := h.Request(stage.Alice, "web-1 24"), h.Request(stage.Bob, "db-1 24")
		h.Slack.Fail("chat.update", slacksim.Fault{RetryAfter: time.Minute}, 1)
		began := time.Now()
		h.Confirm(first)
		h.WaitReply(first, servicetest.Receipt)
		h.WaitCall("chat.update", func(slacksim.Call) bool { return true }) // otherwise the next one can be on its way too
		h.Click(stage.Bob, second, "order_confirm")
		h.WaitReply(second, "was not extended by") // bob has no money
		third := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Bob, third, "order_confirm")
		h.WaitEphemeral(stage.Bob, "<@"+stage.Alice+">")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %s", took)
		}
		servicetest.Pass(59*time.Second - time.Since(began))
		if n := len(h.Slack.Calls("chat.update")); n != 1 {
			t.Errorf("%d calls of chat.update within the minute", n)
		}
		servicetest.Pass(20 * time.Second)
		h.WaitCard(first, "went through")
		h.WaitCard(second, "did not go through")
		if took := time.Since(began); took > 80*time.Second {
			t.Errorf("the cards followed after %s", took)
		}
		if n := len(h.Slack.Calls("chat.update")); n != 3 {
			t.Errorf("%d calls of chat.update", n)
		}
	})
}

// A long rate limit of one way to tell the requester does not hold up the others:
// if the direct message works after a while, it is sent within a minute.
func TestTold_LongLimitOfAnotherWay(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		direct := slacksim.Fault{Channel: stage.Alice, Error: "internal_error"}
		h.Slack.Fail("chat.postMessage", direct, 2)
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: stage.Ops, Error: "internal_error"}, -1)
		h.Slack.Fail("response_url", slacksim.Fault{Status: 404, Body: "used_url"}, -1)
		h.Slack.Fail("chat.postEphemeral", slacksim.Fault{RetryAfter: time.Hour}, 1)
		h.Confirm(card)
		servicetest.Pass(time.Minute)
		if told := toldPrivately(h, servicetest.Receipt); len(told) != 1 {
			t.Errorf("the requester was told %v", told)
		}
	})
}

// A new outcome is shown at once, also if an earlier one could not be shown for so
// long that it is tried only once a minute.
func TestCard_NewOutcomeAtOnce(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Start()
		h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
		card := h.LoseAnswer(oxhostsim.BeforeCharge)
		servicetest.Pass(11 * time.Minute)
		question := h.WaitQuestion(card)
		h.WaitCall("chat.update", func(slacksim.Call) bool { return true })
		h.Slack.Clear("chat.update")
		h.Click(stage.Bob, question, "order_settle_not_placed")
		began := time.Now()
		h.WaitCard(card, "never went through")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the card took %s", took)
		}
	})
}
