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

// errClosed is why work that Close interrupted ended.
var errClosed = errors.New("oxhostsim: closed")

// Server is a running 0xhost. Its methods may be called from any goroutine.
type Server struct {
	cfg  Config
	url  string
	pool *x509.CertPool

	http    *http.Server
	stop    context.CancelCauseFunc // ends the context of every request
	closing <-chan struct{}         // closed by stop
	done    chan struct{}           // closed when Serve has returned
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

// Start starts a 0xhost without accounts, servers or plans. The caller must
// Close it.
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
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		stop(errClosed)
		return nil, fmt.Errorf("oxhostsim: listen: %w", err)
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
			NextProtos:   []string{"http/1.1"}, // resets need the connection to themselves
		})
	}
	s.url = fmt.Sprintf("%s://%s/API/", scheme, listener.Addr())
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withRequestCount,
		ConnState:         s.noteConnState,
		ErrorLog:          log.New(io.Discard, "", 0), // aborted answers are the point, not news
	}
	go func() { // owned by Close, which waits for done
		defer close(s.done)
		_ = s.http.Serve(listener) // always ErrServerClosed after Close
	}()
	return s, nil
}

// Close cuts every connection, ends every fault that hangs, and returns when
// nothing runs any more. What was charged stays readable.
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

// URL is the base URL of the API, with its final slash: "http://127.0.0.1:4242/API/".
func (s *Server) URL() string { return s.url }

// APIKey is the key that is accepted in the x-api-key header.
func (s *Server) APIKey() string { return s.cfg.APIKey }

// CertPool vouches for the certificate of a server with TLS, if
// [Config.Certificate] leaves it any worth. It is nil without TLS.
func (s *Server) CertPool() *x509.CertPool { return s.pool }

// enter admits one request, unless the server is closed. Who was admitted
// calls s.work.Done.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}

// tell wakes everyone who waits for an arrival or a charge. s.mu is held.
func (s *Server) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// until waits for a condition that is evaluated with s.mu held.
func (s *Server) until(ctx context.Context, met func() bool) error {
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
