package main

import (
	"net/http"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

func TestAFullDiskAcksNoClickAndTheBotGoesOnWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		p := d.play()
		p.begin()
		card := p.card(stageAlice, "web-1 24")
		d.fill()
		p.wantReady(http.StatusServiceUnavailable, "the disk is full")
		p.unrecorded(card)
		if o := p.order(card); o.State != order.Pending {
			t.Errorf("the order is %s", o.State)
		}
		if got := p.extend(stageAlice, "web-1 1").AckText(); got == "" {
			t.Error("a command that cannot be recorded got no answer")
		}
		p.wantCharges(0, 0)

		d.free()
		p.wantReady(http.StatusOK, "ok")
		p.click(stageAlice, card, "order_confirm")
		p.word(card, "Receipt")
		p.saying(card, "went through")
		p.wantCharges(1, 1)
	})
}

func TestAVerdictThatTheDiskDoesNotTakeIsRecordedWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		p := d.play()
		p.begin()
		answer := make(chan struct{})
		p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Stage: oxhostsim.AfterCharge, Until: answer}, 1)
		card := p.card(stageAlice, "web-1 24")
		p.click(stageAlice, card, "order_confirm")
		if err := p.oxhost.WaitCharge(p.ctx, 1); err != nil {
			t.Fatal(err)
		}
		d.fill()
		p.wantReady(http.StatusServiceUnavailable, "the disk is full")
		close(answer)
		if _, err := p.slack.Click(p.ctx, slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_cancel"}); err == nil {
			if o := p.order(card); o.State != order.Placing {
				t.Errorf("the order is %s", o.State)
			}
		}
		d.free()
		p.word(card, "Receipt")
		p.wantCharges(1, 1)
	})
}

func TestADiskThatCannotBeWrittenEndsTheStartAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		p := d.play()
		p.begin()
		card := p.card(stageAlice, "web-1 24")
		p.end()
		d.readOnly(true)
		_, err := newService(p.ctx, p.settings, newLog(p.settings, p.log))
		if err == nil {
			t.Fatal("it started")
		}
		for _, words := range []string{"DATABASE_URL", "cannot be written: check its owner and mode"} {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("it says %q, want %q in it", err, words)
			}
		}
		d.readOnly(false)
		p.begin()
		p.click(stageAlice, card, "order_confirm")
		p.word(card, "Receipt")
		p.wantCharges(1, 1)
	})
}

func TestADiskThatBecomesReadOnlyAcksNoClickAndTheBotGoesOnWhenItIsMended(t *testing.T) {
	t.Parallel()
	onADiskThatRefuses(t, func(refuse func(yes bool)) {
		p := newPlay(t)
		card := p.card(stageAlice, "web-1 24")
		refuse(true)
		p.wantReady(http.StatusServiceUnavailable, "the disk failed or became read-only")
		p.unrecorded(card)
		if o := p.order(card); o.State != order.Pending {
			t.Errorf("the order is %s", o.State)
		}
		if got := p.extend(stageAlice, "web-1 1").AckText(); got == "" {
			t.Error("a command that cannot be recorded got no answer")
		}
		if status, _ := p.get("/healthz"); status != http.StatusOK {
			t.Error("the process counts as dead, and a restart would not help")
		}
		p.wantCharges(0, 0)

		refuse(false)
		p.wantReady(http.StatusOK, "ok")
		p.click(stageAlice, card, "order_confirm")
		p.word(card, "Receipt")
		p.saying(card, "went through")
		p.wantCharges(1, 1)
	})
}

func TestAVerdictThatADiskRefusesIsRecordedWhenItIsMended(t *testing.T) {
	t.Parallel()
	onADiskThatRefuses(t, func(refuse func(yes bool)) {
		p := newPlay(t)
		answer := make(chan struct{})
		p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Stage: oxhostsim.AfterCharge, Until: answer}, 1)
		card := p.card(stageAlice, "web-1 24")
		p.click(stageAlice, card, "order_confirm")
		if err := p.oxhost.WaitCharge(p.ctx, 1); err != nil {
			t.Fatal(err)
		}
		refuse(true)
		close(answer)
		p.wantReady(http.StatusServiceUnavailable, "the disk failed or became read-only")
		if o := p.order(card); o.State != order.Placing {
			t.Errorf("the order is %s", o.State)
		}
		refuse(false)
		p.word(card, "Receipt")
		p.wantCharges(1, 1)
	})
}
