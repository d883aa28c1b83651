package slacksim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"extendbot/internal/slacksim/socket"
)

// The types of Socket Mode that users of a [Server] need; package socket
// describes them.
type (
	// Conn is one Socket Mode connection, seen from Slack's side.
	Conn = socket.Conn
	// Delivery describes what happened to one envelope.
	Delivery = socket.Delivery
	// AckStats counts the ack frames by their result.
	AckStats = socket.AckStats
)

// The types of an envelope.
const (
	EventsAPI     = socket.EventsAPI
	SlashCommands = socket.SlashCommands
	Interactive   = socket.Interactive
)

// The reasons of a disconnect frame, for [Conn.Disconnect].
const (
	ReasonWarning  = socket.ReasonWarning
	ReasonRefresh  = socket.ReasonRefresh
	ReasonDisabled = socket.ReasonDisabled
	ReasonTooMany  = socket.ReasonTooMany
)

// newHub makes the hub of the app's connections.
func (s *Server) newHub() *socket.Hub {
	return socket.NewHub(socket.Config{
		AppID: s.cfg.AppID, Host: s.host,
		AckTimeout: s.cfg.AckTimeout, PingInterval: s.cfg.PingInterval,
		WarningGrace: s.cfg.WarningGrace, RefreshGrace: s.cfg.RefreshGrace,
		MaxConnections: s.cfg.MaxConnections, EventRetries: s.cfg.EventRetries,
		ResendLost: s.cfg.ResendLost, StrictAcks: s.cfg.StrictAcks,
		OnFrame:    func(frame []byte) { s.recordSent(sentItem{raw: frame}) },
		HelloFault: s.helloFault,
	})
}

// serveSocket is the WebSocket endpoint.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.recordSent(sentItem{header: r.Header})
	if f, ok := s.faults.take("ws", "", ""); ok && !s.failHandshake(w, f) {
		return
	}
	s.hub.ServeHTTP(w, r)
}

// failHandshake makes a handshake fail according to the fault, and reports
// whether it may continue.
func (s *Server) failHandshake(w http.ResponseWriter, f Fault) bool {
	if !s.wait(f) {
		return false
	}
	switch {
	case f.Before == Hang:
		<-s.done
		return false
	case f.Before != None:
		closeConnection(w, f.Before == Reset)
		return false
	case f.Status != 0:
		http.Error(w, cmp.Or(f.Body, http.StatusText(f.Status)), f.Status)
		return false
	}
	return true
}

func (s *Server) helloFault() socket.HelloFault {
	f, ok := s.faults.take("hello", "", "")
	switch {
	case !ok:
		return socket.HelloSent
	case !s.wait(f):
		return socket.HelloBroken
	case f.Before == None:
		return socket.HelloSent
	case f.Before == Hang:
		return socket.HelloMissing
	default:
		return socket.HelloBroken
	}
}

// Connections returns the connections that have had their hello, oldest first.
// That includes frozen ones, because Slack does not know that they are dead.
func (s *Server) Connections() []*Conn { return s.hub.Connections() }

// WaitConnections waits until exactly n connections have had their hello.
func (s *Server) WaitConnections(ctx context.Context, n int) error {
	return s.hub.WaitConnections(ctx, n)
}

// Opens returns the number of calls of apps.connections.open, including refused
// ones.
func (s *Server) Opens() int { return int(s.opens.Load()) }

// SetNumConnectionsOffset adds n to the num_connections of every later hello, as
// if other processes had that many connections. They do not count toward the
// maximum.
func (s *Server) SetNumConnectionsOffset(n int) { s.hub.SetNumConnectionsOffset(n) }

// Acks returns how many ack frames have arrived.
func (s *Server) Acks() AckStats { return s.hub.Acks() }

// DuplicateAcks returns how many acks arrived for envelopes that no longer
// waited for one.
func (s *Server) DuplicateAcks() int { return s.Acks().Duplicate }

// Deliver sends an envelope with any payload over one connection and waits for
// its ack. The payload of the ack has no effect; it is in [Delivery.Payload].
//
// The delivery is never nil. The error is nil if the ack arrived in time,
// [ErrOperationTimeout] if not, and [ErrDispatchFailed] if there was no
// connection for the envelope or it broke.
func (s *Server) Deliver(ctx context.Context, kind string, payload any, acceptsResponse bool) (*Delivery, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return &Delivery{Type: kind}, fmt.Errorf("slacksim: payload: %w", err)
	}
	return s.hub.Deliver(ctx, socket.Envelope{Type: kind, Payload: body, AcceptsResponse: acceptsResponse})
}

// Redeliver delivers the same payload again, as Slack sometimes does, with the
// same envelope id or a new one. The ack has its effect again.
func (s *Server) Redeliver(ctx context.Context, d *Delivery, sameEnvelopeID bool) (*Delivery, error) {
	return s.hub.Redeliver(ctx, d, sameEnvelopeID)
}

// DisconnectAll ends all connections with a disconnect frame that has this
// reason, and each later one right after its hello, until it is called with "":
// as Slack does with [ReasonDisabled] while Socket Mode is switched off.
func (s *Server) DisconnectAll(reason string) { s.hub.DisconnectAll(reason) }
