//go:build unix

package testpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server, usually a throwaway cluster on 127.0.0.1, which
// keeps its port, password and data when it is stopped and started. It is safe
// for concurrent use.
type Server struct {
	url     url.URL // URL of a database that always exists
	cluster *cluster

	mu sync.Mutex // held while the server starts or stops
}

// openNamed returns an existing server, which must not be stopped.
func openNamed(ctx context.Context, text string) (*Server, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, fmt.Errorf("%w: not a URL postgres://…", errUnusable) // err would contain the password
	}
	if _, err := execute(ctx, text, "SELECT 1"); err != nil {
		return nil, errors.Join(errUnusable, err)
	}
	return &Server{url: *u}, nil
}

// Mode is a way to stop a server.
type Mode string

const (
	// Fast rolls back open transactions, and writes a checkpoint.
	Fast Mode = "fast"
	// Immediate is a crash: the next start recovers from the write-ahead log.
	Immediate Mode = "immediate"
)

// Start starts a stopped server, and waits until it accepts connections.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cluster.control(ctx, "start", "--log", s.cluster.log())
}

// Stop ends all processes of the server, and waits until they are gone. If the
// server is stopped, it does nothing.
func (s *Server) Stop(ctx context.Context, mode Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.PID() == 0 {
		return nil
	}
	return s.cluster.control(ctx, "stop", "--mode", string(mode))
}

// Restart stops the server and starts it again.
func (s *Server) Restart(ctx context.Context, mode Mode) error {
	if err := s.Stop(ctx, mode); err != nil {
		return err
	}
	return s.Start(ctx)
}

// Close ends the server permanently and removes its folder. It may be called
// again.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil {
		return nil
	}
	return s.cluster.remove()
}

// PID returns the id of the server's main process, the parent of all others, or
// 0 if the server is stopped.
func (s *Server) PID() int { return s.cluster.pid() }

// URL returns the URL of a database, with the password. An empty name means a
// database that always exists.
func (s *Server) URL(database string) string {
	u := s.url
	if database != "" {
		u.Path = "/" + database
	}
	return u.String()
}

// CreateDatabase creates an empty database and returns its URL.
func (s *Server) CreateDatabase(ctx context.Context) (string, error) {
	name, err := s.createDatabase(ctx, empty)
	return s.URL(name), err
}

// CutConnections ends all connections to all databases and returns how many
// there were. New connections are accepted immediately.
func (s *Server) CutConnections(ctx context.Context) (int, error) {
	return execute(ctx, s.URL(""), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
}

// empty is a template to which nobody can connect, because a template that is in
// use cannot be copied.
const empty = "template0"

// createDatabase copies a database and returns the name of the copy.
func (s *Server) createDatabase(ctx context.Context, template string) (string, error) {
	name := "extendbot_test_" + strings.ToLower(rand.Text())
	if _, err := execute(ctx, s.URL(""), "CREATE DATABASE "+name+" TEMPLATE "+template+" ENCODING 'UTF8'"); err != nil {
		return "", fmt.Errorf("create a database: %w", err)
	}
	return name, nil
}

func (s *Server) dropDatabase(ctx context.Context, name string) error {
	_, err := execute(ctx, s.URL(""), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	return err
}

// execute runs one statement on its own connection, and returns the number of rows.
func execute(ctx context.Context, where, statement string) (n int, err error) {
	conn, err := pgx.Connect(ctx, where)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	tag, err := conn.Exec(ctx, statement)
	return int(tag.RowsAffected()), err
}
