package service_test

import (
	"net/http"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// While the disk is full no click is acked and the service is not ready. It goes
// on when there is room.
func TestDisk_FullThenFree(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		h := d.harness()
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		d.fill()
		h.WaitReady(http.StatusServiceUnavailable, "the disk is full")
		h.WantNoAck(card)
		h.WantState(card, order.Pending)
		if got := h.Extend(stage.Alice, "web-1 1").AckText(); got == "" {
			t.Error("a command that cannot be recorded got no answer")
		}
		h.WantCharges(0, 0)

		d.free()
		h.WaitReady(http.StatusOK, "ok")
		h.Confirm(card)
		h.WaitReply(card, "Receipt")
		h.WaitCard(card, "went through")
		h.WantCharges(1, 1)
	})
}

// A verdict that does not fit on the disk is recorded when there is room.
func TestDisk_FullAtVerdict(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		h := d.harness()
		h.Start()
		answer := make(chan struct{})
		h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Stage: oxhostsim.AfterCharge, Until: answer}, 1)
		card := h.Request(stage.Alice, "web-1 24")
		h.Confirm(card)
		if err := h.Oxhost.WaitCharge(h.Ctx, 1); err != nil {
			t.Fatal(err)
		}
		d.fill()
		h.WaitReady(http.StatusServiceUnavailable, "the disk is full")
		close(answer)
		if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: "order_cancel"}); err == nil {
			h.WantState(card, order.Placing)
		}
		d.free()
		h.WaitReply(card, "Receipt")
		h.WantCharges(1, 1)
	})
}

// A disk that cannot be written ends the start with what to do.
func TestDisk_ReadOnlyAtStart(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		h := d.harness()
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Stop()
		d.readOnly(true)
		_, err := h.Open()
		if err == nil {
			t.Fatal("it started")
		}
		for _, want := range []string{"DATABASE_URL", "cannot be written: check its owner and mode"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("it says %q, want %q in it", err, want)
			}
		}
		d.readOnly(false)
		h.Start()
		h.Confirm(card)
		h.WaitReply(card, "Receipt")
		h.WantCharges(1, 1)
	})
}

// While the disk refuses writes no click is acked and the service is not ready.
// It goes on when the disk works again.
func TestDisk_FailsThenWorks(t *testing.T) {
	t.Parallel()
	onADiskThatRefuses(t, func(refuse func(yes bool)) {
		h := servicetest.Start(t)
		card := h.Request(stage.Alice, "web-1 24")
		refuse(true)
		h.WaitReady(http.StatusServiceUnavailable, "the disk failed or became read-only")
		h.WantNoAck(card)
		h.WantState(card, order.Pending)
		if got := h.Extend(stage.Alice, "web-1 1").AckText(); got == "" {
			t.Error("a command that cannot be recorded got no answer")
		}
		if status, _ := h.Get("/healthz"); status != http.StatusOK {
			t.Error("/healthz fails, and a restart would not help")
		}
		h.WantCharges(0, 0)

		refuse(false)
		h.WaitReady(http.StatusOK, "ok")
		h.Confirm(card)
		h.WaitReply(card, "Receipt")
		h.WaitCard(card, "went through")
		h.WantCharges(1, 1)
	})
}

// A verdict that the disk refuses is recorded when the disk works again.
func TestDisk_FailsAtVerdict(t *testing.T) {
	t.Parallel()
	onADiskThatRefuses(t, func(refuse func(yes bool)) {
		h := servicetest.Start(t)
		answer := make(chan struct{})
		h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Stage: oxhostsim.AfterCharge, Until: answer}, 1)
		card := h.Request(stage.Alice, "web-1 24")
		h.Confirm(card)
		if err := h.Oxhost.WaitCharge(h.Ctx, 1); err != nil {
			t.Fatal(err)
		}
		refuse(true)
		close(answer)
		h.WaitReady(http.StatusServiceUnavailable, "the disk failed or became read-only")
		h.WantState(card, order.Placing)
		refuse(false)
		h.WaitReply(card, "Receipt")
		h.WantCharges(1, 1)
	})
}
