package service_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// diskFault is a fault that prevents writes to the ledger.
type diskFault struct {
	reason     string // what /readyz reports
	begin, end func()
}

// While the disk is full, no click is acked and the service is not ready. It
// recovers when there is room.
func TestDisk_FullThenFree(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		h := d.harness()
		h.Start()
		testClicksDuring(h, d.full())
	})
}

// While the disk refuses writes, no click is acked and the service is not ready.
// It recovers when the disk works again.
func TestDisk_FailsThenWorks(t *testing.T) {
	t.Parallel()
	onADiskThatRefuses(t, func(fault diskFault) { testClicksDuring(servicetest.Start(t), fault) })
}

// testClicksDuring confirms a card during a disk fault, and after it.
func testClicksDuring(h *servicetest.Harness, fault diskFault) {
	h.T.Helper()
	card := h.Request(stage.Alice, "web-1 24")
	fault.begin()
	h.WaitReady(http.StatusServiceUnavailable, fault.reason)
	h.WantNoAck(card)
	h.WantState(card, order.Pending)
	if got := h.Extend(stage.Alice, "web-1 1").AckText(); got == "" {
		h.T.Error("a command that cannot be recorded got no answer")
	}
	if status, _ := h.Get("/healthz"); status != http.StatusOK {
		h.T.Error("/healthz fails although a restart would not help")
	}
	h.WantCharges(0, 0)

	fault.end()
	h.WaitReady(http.StatusOK, "ok")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WaitCard(card, "went through")
	h.WantCharges(1, 1)
}

// A verdict that does not fit on the disk is recorded when there is room.
func TestDisk_FullAtVerdict(t *testing.T) {
	t.Parallel()
	onADisk(t, func(d disk) {
		h := d.harness()
		h.Start()
		testVerdictDuring(h, d.full())
	})
}

// A verdict that the disk refuses is recorded when the disk works again.
func TestDisk_FailsAtVerdict(t *testing.T) {
	t.Parallel()
	onADiskThatRefuses(t, func(fault diskFault) { testVerdictDuring(servicetest.Start(t), fault) })
}

// testVerdictDuring lets 0xhost answer during a disk fault. A click at that time
// changes nothing.
func testVerdictDuring(h *servicetest.Harness, fault diskFault) {
	h.T.Helper()
	answer := make(chan struct{})
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Stage: oxhostsim.AfterCharge, Until: answer}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	if err := h.Oxhost.WaitCharge(h.Ctx, 1); err != nil {
		h.T.Fatal(err)
	}
	fault.begin()
	h.WaitReady(http.StatusServiceUnavailable, fault.reason)
	close(answer)
	cancel := slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: "order_cancel"}
	_, _ = h.Slack.Click(h.Ctx, cancel) // the card may have no buttons by now
	h.WantState(card, order.Placing)
	fault.end()
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}

// A disk that cannot be written ends the start, and the error says what to do.
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
			t.Fatal("the service started")
		}
		for _, want := range []string{"DATABASE_URL", "cannot be written: check their owner and mode"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %q, want %q in it", err, want)
			}
		}
		d.readOnly(false)
		h.Start()
		h.Confirm(card)
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// While the database file is gone, no click is acked, nothing is charged, and the
// service is not ready and says why. It works again when the same file is back.
func TestDisk_FileRemovedAndBack(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	path := h.DatabasePath()
	move := func(from, to string) func() {
		return func() {
			if err := os.Rename(from, to); err != nil {
				t.Error(err)
			}
		}
	}
	testClicksDuring(h, diskFault{
		reason: "was removed or replaced while the program was running",
		begin:  move(path, path+".away"), end: move(path+".away", path),
	})
}

// A stop while the database is gone logs what is known of an order that was sent meanwhile,
// and leaves nothing running. The next start finds the order at 0xhost.
func TestDisk_StopWithUnrecordedOutcome(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.Options = append(h.Options, servicetest.FastLookups, service.WithBot(func(c *bot.Config) { c.StopTimeout = 500 * time.Millisecond }))
	h.Start()
	path := h.DatabasePath()
	card := h.Request(stage.Alice, "web-1 24")
	h.WaitBaseline(card) // without it, a person decides
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Delay: 500 * time.Millisecond}, 1)
	h.Confirm(card)
	if err := h.Oxhost.WaitArrival(h.Ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	h.WaitLogged("0xhost confirmed the order")
	h.Stop()
	h.WaitLogged("the outcome of the order could not be recorded in the ledger; it is in this line")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	h.Start()
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}
