package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"extendbot/internal/service"
)

// ErrNoPort means that an HTTP_ADDR has no port that can be connected to.
var ErrNoPort = errors.New("--health needs an HTTP_ADDR with a port")

// Health requests /healthz of the process that serves with this HTTP_ADDR, for the
// health checks of containers.
func Health(ctx context.Context, addr string) error {
	_, err := get(ctx, addr, "/healthz")
	return err
}

// probes tries to listen on HTTP_ADDR. That a serving extendbot does so is no failure.
func (r *run) probes(ctx context.Context) {
	const name = "HTTP_ADDR"
	addr := r.Settings.HTTPAddr
	if addr == "" {
		r.note(name, "is empty, so there is no /healthz, /readyz, or /metrics")
		return
	}
	err := service.TryListen(ctx, addr)
	if errors.Is(err, syscall.EADDRINUSE) && extendbotAnswers(ctx, addr) {
		r.served = true
		r.note(name, "another extendbot listens on "+addr+" now")
		return
	}
	r.report(name, addr, err)
}

// extendbotAnswers reports whether the process that listens on addr is an extendbot.
func extendbotAnswers(ctx context.Context, addr string) bool {
	metrics, err := get(ctx, addr, "/metrics")
	return err == nil && strings.Contains(metrics, "extendbot_ready")
}

// get requests a path of the process that listens on addr, and returns the
// beginning of its answer.
func get(ctx context.Context, addr, path string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "0" {
		return "", ErrNoPort
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, service.ReadyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return "", err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // without a proxy
	res, err := direct.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", path, res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return string(body), err
}
