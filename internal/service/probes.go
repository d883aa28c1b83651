package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sirupsen/logrus"
)

// probes is the HTTP server for monitoring: /healthz reports that the process is
// running, /readyz whether it can accept commands, and /metrics what it did.
type probes struct {
	server   *http.Server
	listener net.Listener
}

// listen opens the address. With port 0 it takes a free port and logs it.
func listen(ctx context.Context, addr string, m *metrics, ready func() error, log logrus.FieldLogger) (*probes, error) {
	listener, err := listenOn(ctx, addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { report(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { report(w, ready()) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	log.WithField("addr", listener.Addr().String()).Info("serving /healthz, /readyz and /metrics")
	return &probes{
		listener: listener,
		server:   &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second},
	}, nil
}

// listenOn opens the address. The error says what to do.
func listenOn(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err == nil {
		return listener, nil
	}
	_, noSuchName := errors.AsType[*net.DNSError](err)
	hint := "use another address"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "another program listens there: stop it, or use another port"
	case errors.Is(err, syscall.EACCES):
		hint = "this user may not listen there: use a port above 1023"
	case noSuchName, errors.Is(err, syscall.EADDRNOTAVAIL):
		hint = "this machine does not have that address: leave the host out, or use 127.0.0.1"
	}
	return nil, fmt.Errorf("HTTP_ADDR: %s: %w", hint, err)
}

// TryListen fails if the probes cannot listen on an address, for the same reason
// as the start.
func TryListen(ctx context.Context, addr string) error {
	listener, err := listenOn(ctx, addr)
	if err != nil {
		return err
	}
	return listener.Close()
}

// report writes ok, or status 503 and the error.
func report(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, err)
		return
	}
	fmt.Fprintln(w, "ok")
}

// serve serves until stop is called.
func (p *probes) serve() error {
	if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	return nil
}

// stop lets running requests end until ctx ends, for at most a second.
func (p *probes) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := p.server.Shutdown(ctx); err != nil {
		_ = p.server.Close()
	}
}
