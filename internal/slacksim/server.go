package slacksim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"extendbot/internal/slacksim/socket"
)

// Server is one running Slack. Make it with [Start] and end it with [Server.Close].
type Server struct {
	cfg  Config
	http *http.Server
	host string // 127.0.0.1:port
	done chan struct{}

	life struct {
		sync.Mutex

		closed bool
		wg     sync.WaitGroup
	}

	hub    *socket.Hub
	opens  atomic.Int64 // calls of apps.connections.open
	world  world
	record record
	faults faults
	limits limits

	messageWaits   waiters[Message]
	ephemeralWaits waiters[Ephemeral]
	callWaits      waiters[Call]
}

// Start opens a Slack on a free port of 127.0.0.1.
func Start(cfg Config) (*Server, error) {
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("slacksim: listen: %w", err)
	}
	s := &Server{cfg: cfg.withDefaults(), host: ln.Addr().String(), done: make(chan struct{})}
	s.hub = s.newHub()
	s.faults.init()
	s.limits.init()
	s.world.init(s.cfg)
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	s.life.wg.Go(func() {
		// It ends by Close, and then says so with an error that means nothing else.
		_ = s.http.Serve(ln)
	})
	return s, nil
}

// Close cuts every connection and returns when every goroutine of the server has
// ended. Calls that wait return [ErrClosed]. Closing twice is harmless.
func (s *Server) Close() error {
	s.life.Lock()
	first := !s.life.closed
	s.life.closed = true
	s.life.Unlock()
	var err error
	if first {
		close(s.done)
		s.hub.Close()
		err = s.http.Close()
	}
	s.life.wg.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("slacksim: close: %w", err)
	}
	return nil
}

// enter counts the calling goroutine among those that Close waits for. It returns
// false when the server is closing; otherwise the caller must call leave.
func (s *Server) enter() bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.closed {
		return false
	}
	s.life.wg.Add(1)
	return true
}

func (s *Server) leave() { s.life.wg.Done() }

// spawn runs f in a goroutine that Close waits for, or not at all when the server
// is closing.
func (s *Server) spawn(f func()) {
	if !s.enter() {
		return
	}
	go func() {
		defer s.leave()
		f()
	}()
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	defer s.leave()
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/"):
		s.serveAPI(w, r, strings.TrimPrefix(path, "/api/"))
	case path == "/link/" || path == "/link":
		s.serveSocket(w, r)
	case strings.HasPrefix(path, "/commands/"), strings.HasPrefix(path, "/actions/"):
		s.serveResponseURL(w, r)
	default:
		http.NotFound(w, r)
	}
}

// pause waits for d of real time. It returns false if the server was closed first.
func (s *Server) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.done:
		return false
	}
}

// APIURL is what the bot takes for https://slack.com/api/; it ends with a slash.
func (s *Server) APIURL() string { return "http://" + s.host + "/api/" }

// AppToken is the token that apps.connections.open accepts.
func (s *Server) AppToken() string { return s.cfg.AppToken }

// BotToken is the token that every other method accepts.
func (s *Server) BotToken() string { return s.cfg.BotToken }

// TeamID is the workspace's id.
func (s *Server) TeamID() string { return s.cfg.TeamID }

// AppID is the app's id.
func (s *Server) AppID() string { return s.cfg.AppID }

// BotUserID is the user id under which the bot posts.
func (s *Server) BotUserID() string { return s.cfg.BotUserID }
