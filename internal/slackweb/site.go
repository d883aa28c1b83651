package slackweb

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"extendbot/internal/slacksim"
)

// Config says what the page shows.
type Config struct {
	// Slack is the simulated Slack. Required.
	Slack *slacksim.Server
	// Now is Slack's clock. Default: [time.Now].
	Now func() time.Time
	// App is what the app has installed in Slack.
	App App
	// Drawer shows the world outside Slack. Default: none.
	Drawer Drawer
	// Viewer and Channel are the ids of the person and of the channel that the address "/"
	// shows. Required.
	Viewer, Channel string
}

// App is what an app has installed in a workspace, as its manifest says it. The zero value
// has nothing.
type App struct {
	Commands  []Command
	Shortcuts []Shortcut
}

// Command is a slash command.
type Command struct {
	Name        string // "/extend"
	Usage       string // what follows it, as a hint
	Description string
}

// Shortcut is a global shortcut.
type Shortcut struct {
	CallbackID  string
	Name        string
	Description string
}

// functions are those that the templates call.
var functions = template.FuncMap{"clock": clock, "initial": initial, "slug": slug}

//go:embed templates static
var files embed.FS

// Site serves the page. It is safe for concurrent use.
type Site struct {
	cfg       Config
	handler   http.Handler
	templates *template.Template
	version   string // of the files; a window that has another one loads the page again
	marks     readMarks
	rendered  rendered
	streams   atomic.Int64 // that are open

	life    context.Context //nolint:containedctx // of what runs in the background; Close ends it
	end     context.CancelFunc
	closing sync.Mutex // guards that nothing enters after Close
	running sync.WaitGroup
}

// New returns a page that shows a Slack. The caller must Close it.
func New(cfg Config) (*Site, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Site{cfg: cfg}
	s.life, s.end = context.WithCancel(context.Background())
	var err error
	if s.templates, err = template.New("").Funcs(functions).ParseFS(files, "templates/*.html"); err != nil {
		return nil, fmt.Errorf("slackweb: %w", err)
	}
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("slackweb: %w", err)
	}
	if s.version, err = versionOf(files); err != nil {
		return nil, fmt.Errorf("slackweb: %w", err)
	}
	s.handler = guard(s.routes(http.FileServerFS(static)))
	return s, nil
}

// versionOf returns a text that is the same only for the same files.
func versionOf(all fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(all, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(all, path)
		_, _ = fmt.Fprintf(sum, "%s %d ", path, len(content)) // a hash takes everything
		_, _ = sum.Write(content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:6]), err
}

// ServeHTTP serves the page, its live stream, and what people do in it.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// enter counts the calling goroutine, or one that it starts, among those that Close waits
// for. It returns false after Close; otherwise running.Done must be called.
func (s *Site) enter() bool {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.life.Err() != nil {
		return false
	}
	s.running.Add(1)
	return true
}

// Close ends the live streams, which otherwise last as long as their windows. It may be
// called twice.
func (s *Site) Close() {
	s.closing.Lock()
	s.end()
	s.closing.Unlock()
	s.running.Wait()
}
