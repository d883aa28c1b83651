package oxhostsim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// errClosed is the cause when Close ends requests.
var errClosed = errors.New("oxhostsim: closed")

// Server is a running simulated 0xhost. It is safe for concurrent use. It has
// many fields because it holds the whole state of the simulation, under one
// lock.
type Server struct {
	cfg  Config
	url  string
	pool *x509.CertPool

	http    *http.Server
	stop    context.CancelCauseFunc // ends the context of every request
	closing <-chan struct{}         // closed by stop
	done    chan struct{}           // closed after Serve has returned
	work    sync.WaitGroup

	faults faults

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when an arrival or a charge is added
	closed   bool
	idle     map[net.Conn]struct{}
	form     Form
	listing  Listing
	accounts map[string]*Account
	servers  map[string]*RentedServer
	plans    []Plan
	orders   []*Order
	hidden   map[string]bool
	charges  []Charge
	arrivals []Arrival
	secrets  []string
}

// Start starts a simulated 0xhost without accounts, servers and plans. The
// caller must Close it.
func Start(cfg Config) (*Server, error) {
	cfg = withDefaults(cfg)
	ctx, stop := context.WithCancelCause(context.Background())
	s := &Server{
		cfg:      cfg,
		stop:     stop,
		closing:  ctx.Done(),
		done:     make(chan struct{}),
		changed:  make(chan struct{}),
		idle:     make(map[net.Conn]struct{}),
		form:     cfg.Form,
		listing:  cfg.Listing,
		accounts: make(map[string]*Account),
		servers:  make(map[string]*RentedServer),
		hidden:   make(map[string]bool),
		secrets:  []string{cfg.APIKey},
	}
	listener := cfg.Listener
	if listener == nil {
		var err error
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", cfg.Addr); err != nil {
			stop(errClosed)
			return nil, fmt.Errorf("oxhostsim: listen: %w", err)
		}
	}
	scheme := "http"
	if cfg.TLS {
		scheme = "https"
		certificate, pool, err := makeCertificate(cfg.Certificate)
		if err != nil {
			stop(errClosed)
			return nil, errors.Join(err, listener.Close())
		}
		s.pool = pool
		listener = tls.NewListener(listener, &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{certificate},
			NextProtos:   []string{"http/1.1"}, // a reset must end only one request
		})
	}
	s.url = fmt.Sprintf("%s://%s/API/", scheme, listener.Addr())
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withRequestCount,
		ConnState:         s.trackConnState,
		ErrorLog:          log.New(io.Discard, "", 0), // otherwise it would report the aborted answers
	}
	go func() { // owned by Close, which waits for done
		defer close(s.done)
		_ = s.http.Serve(listener) // always ErrServerClosed after Close
	}()
	return s, nil
}

// Close closes every connection, ends every fault that waits, and returns when
// all goroutines have ended. Charges, orders and arrivals can still be read.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop(errClosed)
	err := s.http.Close()
	s.work.Wait()
	<-s.done
	if err != nil {
		return fmt.Errorf("oxhostsim: close: %w", err)
	}
	return nil
}

// URL returns the base URL of the API with its final slash, such as
// "http://127.0.0.1:4242/API/".
func (s *Server) URL() string { return s.url }

// APIKey returns the key that is accepted in the x-api-key header.
func (s *Server) APIKey() string { return s.cfg.APIKey }

// CertPool returns the pool that trusts the certificate of a server with TLS,
// unless the flaw in [Config.Certificate] prevents that. It returns nil without
// TLS.
func (s *Server) CertPool() *x509.CertPool { return s.pool }

// enter counts a request among those that Close waits for, and reports whether
// the server is open. If so, the caller must call s.work.Done.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}

// notifyWaiters wakes everyone who waits for an arrival or a charge. The caller
// holds s.mu.
func (s *Server) notifyWaiters() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// waitFor waits for a condition, which is evaluated with s.mu held.
func (s *Server) waitFor(ctx context.Context, met func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := met(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
