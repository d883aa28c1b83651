package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
	"extendbot/internal/stage"
)

// WebConfig says how a [Web] begins. The zero value is a page at a free port of 127.0.0.1, in
// a world whose clock is that of the machine.
type WebConfig struct {
	// Addr is the address of the page, on the loopback interface. Default: a free port of
	// 127.0.0.1.
	Addr string
	// Start is what the clock of the world shows at the beginning. Default: the time.
	Start time.Time
	// Log gets the log of the bot. Default: nothing does.
	Log io.Writer
}

// Web is a demo with a page in the browser, and no chat in the terminal.
type Web struct {
	// Stage is the simulated Slack and the simulated 0xhost.
	Stage *stage.Stage

	session *session
	page    *page
}

// AddrError means that a page cannot be at an address.
type AddrError struct{ Addr string }

// Error says what address to use.
func (e *AddrError) Error() string {
	return fmt.Sprintf("%q is not an address of this machine alone: in the page everybody can be anybody; use 127.0.0.1:8080, for example", e.Addr)
}

// CheckAddr returns an [AddrError] unless a page can be at an address: a port of the loopback
// interface.
func CheckAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return &AddrError{addr}
	}
	return nil
}

// OpenWeb starts the bot, with a simulated Slack and 0xhost and a page that shows them. The
// caller must Close it.
func OpenWeb(cfg WebConfig) (_ *Web, err error) {
	var ahead time.Duration
	if !cfg.Start.IsZero() {
		ahead = time.Until(cfg.Start)
	}
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	s, err := newSession(slacksim.Config{}, cfg.Log, stage.NewClock(ahead))
	if err != nil {
		return nil, err
	}
	p, err := openPage(s, cfg.Addr)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return &Web{Stage: s.Stage, session: s, page: p}, nil
}

// URL returns the address of the page.
func (w *Web) URL() string { return w.page.url }

// Do does what a control of the page's drawer does.
func (w *Web) Do(ctx context.Context, control, choice string) (said string, err error) {
	return w.page.drawer.Do(ctx, control, choice)
}

// Wait waits until ctx ends, or the bot ends by itself, which is an error.
func (w *Web) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-w.session.crashed.c:
		return w.session.crashError()
	}
}

// Close stops everything and removes the database.
func (w *Web) Close() error { return errors.Join(w.page.close(), w.session.close()) }

// page is the page of a session in the browser.
type page struct {
	url    string
	drawer *drawer
	site   *slackweb.Site
	server *http.Server
	ended  chan error
}

// listen listens for a page at an address; "" is a free port.
func listen(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if err := CheckAddr(addr); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the page cannot be at %s, which another program uses; choose another port, or 0 for any free one", addr)
	case err != nil:
		return nil, fmt.Errorf("the page cannot be served: %w", err)
	}
	if at, ok := listener.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() { // as localhost may be configured
		return nil, errors.Join(&AddrError{addr}, listener.Close())
	}
	return listener, nil
}

// openPage serves the page of a session at an address; "" is a free port.
func openPage(s *session, addr string) (*page, error) {
	listener, err := listen(addr)
	if err != nil {
		return nil, err
	}
	d := newDrawer(s)
	site, err := slackweb.New(slackweb.Config{
		Slack: s.Slack, Now: s.world.Now, App: installed, Drawer: d, Viewer: stage.Alice, Channel: stage.Ops,
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p := &page{
		url: "http://" + listener.Addr().String() + "/", drawer: d, site: site,
		server: &http.Server{Handler: site, ReadHeaderTimeout: patience}, ended: make(chan error, 1),
	}
	go func() { p.ended <- p.server.Serve(listener) }() // close waits for it
	return p, nil
}

// lastRequests is how long the page waits for requests that it has begun.
const lastRequests = 2 * time.Second

// close ends the page, and what its drawer has begun.
func (p *page) close() error {
	p.site.Close()
	p.drawer.close()
	ctx, cancel := context.WithTimeout(context.Background(), lastRequests)
	defer cancel()
	err := p.server.Shutdown(ctx)
	if err != nil { // somebody waits for an answer of the bot
		err = p.server.Close()
	}
	if served := <-p.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// installed is what the manifest of the app installs.
var installed = slackweb.App{
	Commands: []slackweb.Command{{
		Name: "/extend", Usage: "[server] [time], or: list, history, status, cancel, approvals, help",
		Description: "Extend a rented server, after a confirmation.",
	}},
	Shortcuts: []slackweb.Shortcut{{
		CallbackID: "extend_server", Name: "Extend a server", Description: "Fill in a form, and choose where the card comes.",
	}},
}
