package slacksim

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// deliver runs the whole life of an envelope: hand-over, clock, retries of events,
// and what the ack's payload does.
func (s *Server) deliver(ctx context.Context, d *Delivery) error {
	err := s.handOver(ctx, d)
	if d.Type == EventsAPI {
		for _, pause := range s.cfg.EventRetries {
			if err == nil || ctx.Err() != nil {
				break
			}
			if !s.pause(pause) {
				return ErrClosed
			}
			err = s.handOver(ctx, d)
		}
	}
	if err == nil && d.effect != nil {
		err = d.effect(d.Payload)
	}
	return err
}

// errLinkLost is a link that broke before the ack.
var errLinkLost = errors.New("link lost")

// handOver gives the envelope to one link, or with [Config.ResendLost] to one
// after the other, and waits for the ack.
func (s *Server) handOver(ctx context.Context, d *Delivery) error {
	wire, err := d.wire()
	if err != nil {
		return err
	}
	wait := s.acks.expect(d.EnvelopeID)
	defer s.acks.giveUp(d.EnvelopeID, wait)
	clock := time.NewTimer(s.cfg.AckTimeout)
	defer clock.Stop()
	for {
		conn, err := s.send(d, wait, wire)
		if err != nil {
			return err
		}
		err = s.await(ctx, d, wait, conn, clock.C)
		if !errors.Is(err, errLinkLost) {
			return err
		}
		if err := s.anotherLink(ctx, clock.C); err != nil {
			return err
		}
	}
}

// await waits for the ack of an envelope that conn carries.
func (s *Server) await(ctx context.Context, d *Delivery, wait *pending, conn *Conn, clock <-chan time.Time) error {
	var lost <-chan struct{}
	if s.resends(d) {
		lost = conn.closed
	}
	var err error
	select {
	case a := <-wait.acked:
		d.settle(a)
		return nil
	case <-lost:
		err = errLinkLost
	case <-clock:
		err = ErrOperationTimeout
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-s.done:
		err = ErrClosed
	}
	// The ack may have come first, if this goroutine was held up.
	select {
	case a := <-wait.acked:
		d.settle(a)
		return nil
	default:
		return err
	}
}

// settle notes the ack.
func (d *Delivery) settle(a ack) {
	d.Acked, d.Took, d.Payload = true, a.at.Sub(d.SentAt), a.payload
}

// resends reports whether another link gets the envelope if one breaks.
func (s *Server) resends(d *Delivery) bool { return s.cfg.ResendLost && d.Type == SlashCommands }

// anotherLink waits for a link that can take an envelope.
func (s *Server) anotherLink(ctx context.Context, clock <-chan time.Time) error {
	for {
		conns, changed := s.sockets.readyConns()
		if len(conns) > 0 {
			return nil
		}
		select {
		case <-changed:
		case <-clock:
			return ErrOperationTimeout
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.done:
			return ErrClosed
		}
	}
}

// send writes the envelope to the link whose turn it is. One that was told to go
// meanwhile is passed over, for it would not be read any more.
func (s *Server) send(d *Delivery, wait *pending, wire []byte) (*Conn, error) {
	for {
		conn, lastResort := s.sockets.next()
		if conn == nil {
			return nil, ErrDispatchFailed
		}
		if s.cfg.StrictAcks {
			s.acks.bind(wait, conn.ID)
		}
		d.Conn, d.SentAt = conn.ID, time.Now()
		err := conn.writeEnvelope(wire, lastResort)
		if errors.Is(err, errLeaving) {
			continue
		}
		d.Attempts++
		if err != nil {
			conn.end()
			if s.resends(d) {
				return conn, nil // a lost link like any other
			}
			return nil, fmt.Errorf("%w: %w", ErrDispatchFailed, err)
		}
		return conn, nil
	}
}
