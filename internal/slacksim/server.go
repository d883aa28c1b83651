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
	"extendbot/internal/slacksim/waiters"
)

// Server is one running simulated Slack. Create it with [Start]; the caller must
// [Server.Close] it. It is safe for concurrent use. It has many methods:
// everything that people, the app and a test can do in a Slack.
type Server struct {
	cfg  Config
	http *http.Server
	host string // and port
	done chan struct{}

	life struct {
		sync.Mutex

		closed bool
		wg     sync.WaitGroup
	}

	hub   *socket.Hub
	opens atomic.Int64 // calls of apps.connections.open

	clockOffset atomic.Int64 // see SetClockOffset
	workspace   workspace
	record      record
	faults      faults
	limits      limits

	messageWaits   waiters.Set[Message]
	ephemeralWaits waiters.Set[Ephemeral]
	callWaits      waiters.Set[Call]
	watchers       watchers
}

// Start starts a simulated Slack.
func Start(cfg Config) (*Server, error) {
	ln := cfg.Listener
	if ln == nil {
		var err error
		if ln, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("slacksim: listen: %w", err)
		}
	}
	s := &Server{cfg: cfg.withDefaults(), host: ln.Addr().String(), done: make(chan struct{})}
	s.hub = s.newHub()
	s.faults.init()
	s.limits.init()
	s.workspace.init(s.cfg)
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	s.life.wg.Go(func() {
		// Serve returns after Close, with an error that means only that.
		_ = s.http.Serve(ln)
	})
	return s, nil
}

// Close closes every connection and returns when all goroutines of the server
// have ended. Waiting calls return [ErrClosed]. It may be called twice.
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

// enter counts the calling goroutine among those that Close waits for. It
// returns false if the server is closing; otherwise the caller must call leave.
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

// APIURL returns the URL to use instead of https://slack.com/api/. It ends with
// a slash.
func (s *Server) APIURL() string { return "http://" + s.host + "/api/" }

// AppToken returns the token that apps.connections.open accepts.
func (s *Server) AppToken() string { return s.cfg.AppToken }

// BotToken returns the token that all other methods accept.
func (s *Server) BotToken() string { return s.cfg.BotToken }

// TeamID returns the id of the workspace.
func (s *Server) TeamID() string { return s.cfg.TeamID }

// TeamDomain returns the name of the workspace in its addresses.
func (s *Server) TeamDomain() string { return s.cfg.TeamDomain }

// AppID returns the id of the app.
func (s *Server) AppID() string { return s.cfg.AppID }

// BotUserID returns the user id of the bot.
func (s *Server) BotUserID() string { return s.cfg.BotUserID }
