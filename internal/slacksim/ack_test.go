package slacksim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

// Without an ack in time, the result is operation_timeout, and a late ack has no
// effect.
func TestDeliver_TimesOutWithoutAck(t *testing.T) {
	s := start(t, slacksim.Config{AckTimeout: 50 * time.Millisecond})
	l := dial(t, s, "")
	l.next(t, "hello")
	d, err := s.Command(within(t), extend)
	if !errors.Is(err, slacksim.ErrOperationTimeout) || d.Acked || d.Conn != 1 || d.Attempts != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	l.ack(t, l.next(t, "slash_commands")["envelope_id"], map[string]any{"text": "too late"})
	until(t, "counted as a duplicate", func() bool { return s.DuplicateAcks() == 1 })
	if e := s.Ephemerals("U0ALICE"); len(e) != 0 {
		t.Errorf("a late ack was shown: %+v", e)
	}
}

// waitAcks sends a command and its ack, so that all frames before them have been handled.
func waitAcks(t *testing.T, s *slacksim.Server, l *rawConn, ok func(slacksim.AckStats) bool) {
	t.Helper()
	got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
	l.ack(t, l.next(t, "slash_commands")["envelope_id"], nil)
	if o := <-got; o.err != nil {
		t.Fatal(o.err)
	}
	if a := s.Acks(); !ok(a) {
		t.Errorf("acks: %+v", a)
	}
}

// Without a connection, the result of a command is dispatch_failed.
func TestDeliver_FailsWithoutConnection(t *testing.T) {
	s := start(t, slacksim.Config{})
	d, err := s.Command(within(t), extend)
	if !errors.Is(err, slacksim.ErrDispatchFailed) || d.Acked || d.Attempts != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

// An ack of more than 20 KiB is ignored.
func TestAcks_OversizedIsIgnored(t *testing.T) {
	s := start(t, slacksim.Config{AckTimeout: 100 * time.Millisecond})
	l := dial(t, s, "")
	l.next(t, "hello")
	got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
	l.ack(t, l.next(t, "slash_commands")["envelope_id"], map[string]any{"text": strings.Repeat("x", 20480)})
	if o := <-got; !errors.Is(o.err, slacksim.ErrOperationTimeout) {
		t.Errorf("%v", o.err)
	}
	until(t, "counted as oversized", func() bool { return s.Acks().Oversized == 1 })
}

// Second, unknown and malformed acks are counted and have no effect.
func TestAcks_Counts(t *testing.T) {
	s := start(t, slacksim.Config{})
	l := dial(t, s, "")
	l.next(t, "hello")
	got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
	id := l.next(t, "slash_commands")["envelope_id"]
	l.ack(t, id, map[string]any{"text": "first"})
	if o := <-got; o.err != nil || o.d.AckText() != "first" {
		t.Fatalf("%+v", o)
	}
	l.ack(t, id, map[string]any{"text": "second"})
	l.ack(t, "no-such-envelope", nil)
	l.ack(t, "", nil)
	waitAcks(t, s, l, func(a slacksim.AckStats) bool {
		return a == slacksim.AckStats{Accepted: 2, Duplicate: 1, Unknown: 1, Malformed: 1}
	})
	if s.DuplicateAcks() != 1 || len(s.Ephemerals("U0ALICE")) != 1 {
		t.Errorf("%d duplicates, %d ephemerals", s.DuplicateAcks(), len(s.Ephemerals("U0ALICE")))
	}
}

// An ack on another connection counts, unless acks are strict.
func TestAcks_OnAnotherConnection(t *testing.T) {
	for _, strict := range []bool{false, true} {
		c := slacksim.Config{StrictAcks: strict}
		if strict { // the ack does not count
			c.AckTimeout = 150 * time.Millisecond
		}
		s := start(t, c)
		one := dial(t, s, "")
		one.next(t, "hello")
		two := dial(t, s, "")
		two.next(t, "hello")
		got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
		two.ack(t, one.next(t, "slash_commands")["envelope_id"], nil)
		if o := <-got; o.d.Acked == strict || errors.Is(o.err, slacksim.ErrOperationTimeout) != strict {
			t.Errorf("strict %v: %+v", strict, o)
		}
	}
}

// Envelopes are sent over the connections in turn.
func TestDeliver_ConnectionsTakeTurns(t *testing.T) {
	s := start(t, slacksim.Config{})
	var conns []*rawConn
	for range 3 { // open one after another: the turns are in this order
		l := dial(t, s, "")
		l.next(t, "hello")
		conns = append(conns, l)
	}
	for i := range 6 {
		l := conns[i%3]
		got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
		l.ack(t, l.next(t, "slash_commands")["envelope_id"], nil)
		if o := <-got; o.err != nil {
			t.Fatal(o.err)
		}
	}
}

// An event without an ack is delivered again with the same envelope id.
func TestEvent_RetriedWithoutAck(t *testing.T) {
	s := start(t, slacksim.Config{
		AckTimeout: 30 * time.Millisecond, EventRetries: slices.Repeat([]time.Duration{0, time.Millisecond}, 500),
	})
	l := dial(t, s, "")
	l.next(t, "hello")
	got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.OpenHome(ctx, "U0ALICE") })
	first := l.next(t, "events_api")
	second := l.next(t, "events_api")
	if first["retry_attempt"] != 0.0 || second["retry_attempt"] != 1.0 || second["retry_reason"] != "timeout" {
		t.Errorf("retries: %v, %v", first["retry_attempt"], second["retry_attempt"])
	}
	if first["envelope_id"] != second["envelope_id"] {
		t.Error("the retry has another envelope id")
	}
	// The ack of one delivery may arrive after the next one has begun, or between
	// them.
	for l.ack(t, second["envelope_id"], nil); ; {
		select {
		case o := <-got:
			if o.err != nil || !o.d.Acked || o.d.Attempts < 2 {
				t.Errorf("%+v", o)
			}
			return
		case f := <-l.frames:
			l.ack(t, f["envelope_id"], nil)
		}
	}
}

// A redelivery has the same payload, with the same envelope id or another one.
func TestRedeliver_SamePayload(t *testing.T) {
	s := start(t, slacksim.Config{})
	l := dial(t, s, "")
	l.next(t, "hello")
	first := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
	id := l.next(t, "slash_commands")["envelope_id"]
	l.ack(t, id, nil)
	d := (<-first).d
	for _, same := range []bool{true, false} {
		again := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Redeliver(ctx, d, same) })
		f := l.next(t, "slash_commands")
		if (f["envelope_id"] == id) != same || f["payload"].(map[string]any)["trigger_id"] != d.TriggerID {
			t.Errorf("same %v: %v", same, f)
		}
		l.ack(t, f["envelope_id"], nil)
		if o := <-again; o.err != nil {
			t.Error(o.err)
		}
	}
}

// With ResendLost, a command whose connection broke is delivered over another
// one.
func TestDeliver_ResendLost(t *testing.T) {
	s := start(t, slacksim.Config{ResendLost: true})
	one := dial(t, s, "")
	one.next(t, "hello")
	got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
	id := one.next(t, "slash_commands")["envelope_id"]
	s.Connections()[0].Kill()
	two := dial(t, s, "")
	two.next(t, "hello")
	if f := two.next(t, "slash_commands"); f["envelope_id"] != id {
		t.Errorf("resent as %v", f["envelope_id"])
	}
	two.ack(t, id, nil)
	if o := <-got; o.err != nil || o.d.Conn != 2 || o.d.Attempts != 2 {
		t.Errorf("%+v", o)
	}
}
