package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sirupsen/logrus"
)

// probes is the HTTP server for whoever watches over the program: /healthz
// says that the process runs, /readyz that it can take commands, /metrics what
// it did.
type probes struct {
	server   *http.Server
	listener net.Listener
}

// readyTimeout bounds one answer of /readyz.
const readyTimeout = 2 * time.Second

// listenProbes opens the address; port 0 takes a free port and logs it.
func listenProbes(ctx context.Context, addr string, m *metrics, ready func(context.Context) error, log logrus.FieldLogger) (*probes, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HTTP_ADDR: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		answer(w, ready(ctx))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	log.WithField("addr", listener.Addr().String()).Info("answering /healthz, /readyz and /metrics")
	return &probes{
		listener: listener,
		server:   &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second},
	}, nil
}

// answer says ok, or 503 and why not.
func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, err)
		return
	}
	fmt.Fprintln(w, "ok")
}

// serve answers until stop is called.
func (p *probes) serve() error {
	if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	return nil
}

// stop lets running answers end until ctx does, for at most a second.
func (p *probes) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := p.server.Shutdown(ctx); err != nil {
		_ = p.server.Close()
	}
}
