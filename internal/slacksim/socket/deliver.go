package socket

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errConnLost means that a connection broke before the ack.
var errConnLost = errors.New("connection lost")

// Deliver sends an envelope over one connection, waits for its ack, and applies
// the effect of the ack's payload. Events without an ack are delivered again
// according to [Config.EventRetries].
//
// The delivery is never nil. The error is nil if the ack arrived in time,
// [ErrOperationTimeout] if not, [ErrDispatchFailed] if there was no connection
// for the envelope or it broke, [ErrClosed] if the hub was closed, or the error
// of the effect.
func (h *Hub) Deliver(ctx context.Context, e Envelope) (*Delivery, error) {
	d := newDelivery(e, newEnvelopeID())
	return d, h.deliver(ctx, d)
}

// Redeliver delivers the envelope of an earlier delivery again, as Slack
// sometimes does, with the same envelope id or a new one. The ack has its effect
// again. The errors are those of Deliver.
func (h *Hub) Redeliver(ctx context.Context, earlier *Delivery, sameEnvelopeID bool) (*Delivery, error) {
	id := earlier.EnvelopeID
	if !sameEnvelopeID {
		id = newEnvelopeID()
	}
	d := newDelivery(earlier.envelope, id)
	return d, h.deliver(ctx, d)
}

func (h *Hub) deliver(ctx context.Context, d *Delivery) error {
	err := h.attempt(ctx, d)
	if d.Type == EventsAPI {
		for _, pause := range h.cfg.EventRetries {
			if err == nil || ctx.Err() != nil {
				break
			}
			if !h.Pause(pause) {
				return ErrClosed
			}
			err = h.attempt(ctx, d)
		}
	}
	if err == nil && d.envelope.Effect != nil {
		err = d.envelope.Effect(d.Payload)
	}
	return err
}

// attempt sends the envelope over one connection, or with [Config.ResendLost]
// over one after another, and waits for the ack.
func (h *Hub) attempt(ctx context.Context, d *Delivery) error {
	frame, err := d.frame()
	if err != nil {
		return err
	}
	wait := h.acks.expect(d.EnvelopeID)
	defer h.acks.cancel(d.EnvelopeID, wait)
	timeout := time.NewTimer(h.cfg.AckTimeout)
	defer timeout.Stop()
	for {
		conn, err := h.send(d, wait, frame)
		if err != nil {
			return err
		}
		err = h.waitAck(ctx, d, wait, conn, timeout.C)
		if !errors.Is(err, errConnLost) {
			return err
		}
		if err := h.waitConn(ctx, timeout.C); err != nil {
			return err
		}
	}
}

// send writes the envelope to the connection whose turn it is. It skips a
// connection that was told to disconnect meanwhile, because the app may no
// longer read it.
func (h *Hub) send(d *Delivery, wait *pending, frame []byte) (*Conn, error) {
	for {
		conn, lastResort := h.next()
		if conn == nil {
			return nil, ErrDispatchFailed
		}
		if h.cfg.StrictAcks {
			h.acks.bind(wait, conn.ID)
		}
		err := conn.writeEnvelope(d, frame, lastResort)
		if errors.Is(err, errLeaving) {
			continue
		}
		d.Attempts++
		if err != nil {
			conn.end()
			if h.resends(d) {
				return conn, nil // waitAck notices that it is lost
			}
			return nil, fmt.Errorf("%w: %w", ErrDispatchFailed, err)
		}
		return conn, nil
	}
}

// resends reports whether another connection gets the envelope if one breaks.
func (h *Hub) resends(d *Delivery) bool { return h.cfg.ResendLost && d.Type == SlashCommands }

// waitAck waits for the ack of an envelope that was sent over conn.
func (h *Hub) waitAck(ctx context.Context, d *Delivery, wait *pending, conn *Conn, timeout <-chan time.Time) error {
	var lost <-chan struct{}
	if h.resends(d) {
		lost = conn.closed
	}
	var err error
	select {
	case a := <-wait.acked:
		d.setAcked(a)
		return nil
	case <-lost:
		err = errConnLost
	case <-timeout:
		err = ErrOperationTimeout
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-h.done:
		err = ErrClosed
	}
	// The ack may have arrived before that, if this goroutine ran late.
	select {
	case a := <-wait.acked:
		d.setAcked(a)
		return nil
	default:
		return err
	}
}

func (d *Delivery) setAcked(a ack) {
	d.Acked, d.Took, d.Payload = true, a.at.Sub(d.SentAt), a.payload
}

// waitConn waits for a connection that can take an envelope.
func (h *Hub) waitConn(ctx context.Context, timeout <-chan time.Time) error {
	for {
		conns, changed := h.readyConns()
		if len(conns) > 0 {
			return nil
		}
		select {
		case <-changed:
		case <-timeout:
			return ErrOperationTimeout
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-h.done:
			return ErrClosed
		}
	}
}
