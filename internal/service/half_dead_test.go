package service_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// What Slack sends over a half-dead connection is lost and cannot be answered.
// The service notices soon and replaces the connection, and no order is recorded
// for a command that was not answered.
func TestConnections_HalfDeadIsReplaced(t *testing.T) {
	t.Parallel()
	h := newWithConnections(t, quickSlack())
	card := h.Request(stage.Alice, "web-1 24")
	dead := h.Slack.Connections()[0]
	dead.Freeze()

	var commands sync.WaitGroup
	var swallowed, ended atomic.Int32
	waiting, giveUp := context.WithCancelCause(h.Ctx)
	defer giveUp(nil)
	before := dead.Envelopes()
	for i := range 10 {
		commands.Go(func() {
			defer ended.Add(1)
			d, err := h.Slack.Command(waiting, slacksim.SlashCommand{User: stage.Alice, Channel: stage.Ops, Command: "/extend", Text: fmt.Sprint("web-1 ", 12+i)})
			switch gone := d != nil && d.Conn == dead.ID; {
			case gone && errors.Is(err, slacksim.ErrOperationTimeout):
				swallowed.Add(1)
			case gone || err != nil:
				t.Errorf("a command over connection %d ended with %v", d.Conn, err)
			}
		})
	}
	h.WaitUntil(func() bool { return int(ended.Load())+dead.Envelopes()-before >= 10 },
		func() string { return "a command over the other connection got no answer" })
	h.WaitConnections(3) // with the replacement; Slack still counts the dead one
	giveUp(slacksim.ErrOperationTimeout)
	commands.Wait()
	if swallowed.Load() == 0 {
		t.Error("the dead connection lost nothing")
	}
	dead.Kill() // now Slack no longer counts it
	h.WaitConnections(2)
	sendCommands(h, 50, func() {})
	if list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 100); err != nil || len(list) != 1+10-int(swallowed.Load()) {
		t.Errorf("%d orders are recorded for 11 commands, of which %d were lost (error %v)", len(list), swallowed.Load(), err)
	}
	h.WantCharges(0, 0)
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}

// A click that was lost on a half-dead connection changes nothing and can be
// repeated.
func TestConnections_SwallowedClick(t *testing.T) {
	t.Parallel()
	h := newWithConnections(t, quickSlack())
	card := h.Request(stage.Alice, "web-1 24")
	for _, c := range h.Slack.Connections() {
		c.Freeze() // the click may be sent over either one
	}
	confirm := slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: "order_confirm"}
	waiting, cancel := context.WithTimeoutCause(h.Ctx, servicetest.SlackTimeout, slacksim.ErrOperationTimeout)
	defer cancel()
	if _, err := h.Slack.Click(waiting, confirm); !errors.Is(err, slacksim.ErrOperationTimeout) {
		t.Errorf("the click ended with %v", err)
	}
	if o := h.Recorded(card); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
	dead := h.Slack.Connections()[:2]
	h.WaitConnections(4)
	for _, c := range dead {
		c.Kill()
	}
	h.WaitConnections(2)
	h.WantCharges(0, 0)
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}
