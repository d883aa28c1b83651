package testpg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// superuser is who everybody is on a throwaway cluster.
const superuser = "postgres"

// Server is a throwaway cluster on 127.0.0.1. It keeps its port, its password and
// its data from Start to Stop to Start. It is safe for use by many goroutines.
type Server struct {
	bin, dir string
	account  *account
	options  options
	password string
	guard    *guard

	mu      sync.Mutex // held while the server starts or stops
	port    *port
	process *process // nil: it does not run
}

// Mode is how a server stops.
type Mode int

const (
	// Fast cuts all connections, rolls back what they had open, and writes a
	// checkpoint.
	Fast Mode = iota
	// Immediate is a crash: nothing is written any more, and the next start
	// recovers from the log.
	Immediate
)

func (m Mode) signal() os.Signal {
	if m == Immediate {
		return syscall.SIGQUIT
	}
	return syscall.SIGINT
}

// URL is where a database of the server is, with the password. An empty name is
// the database that is always there and that nobody should fill, "postgres".
func (s *Server) URL(database string) string {
	if database == "" {
		database = superuser
	}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port())),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Port is the TCP port of the server on 127.0.0.1, whether or not it runs.
func (s *Server) Port() int { return s.port.number }

// PID is the process that all others of the server descend from; 0 if it does not
// run.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return 0
	}
	return s.process.cmd.Process.Pid
}

// CreateDatabase makes an empty database with a name of its own and gives its
// URL.
func (s *Server) CreateDatabase(ctx context.Context) (string, error) {
	name, err := createDatabase(ctx, s.URL(""))
	if err != nil {
		return "", err
	}
	return s.URL(name), nil
}

// CutConnections ends all connections to all databases, in the middle of whatever
// they do, and says how many there were. New ones can be made at once.
func (s *Server) CutConnections(ctx context.Context) (int, error) {
	return cutConnections(ctx, s.URL(""))
}

// Start starts a server that was stopped, and waits until it takes connections.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.start(ctx)
}

// Stop ends all processes of the server, and waits until they are gone. One that
// does not run stays so.
func (s *Server) Stop(ctx context.Context, mode Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop(ctx, mode)
}

// Restart is Stop and Start, on the same port with the same data.
func (s *Server) Restart(ctx context.Context, mode Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.stop(ctx, mode); err != nil {
		return err
	}
	return s.start(ctx)
}

// startTimeout is for a slow disk, and for the recovery after a crash.
const startTimeout = 2 * time.Minute

func (s *Server) start(ctx context.Context) error {
	if s.process != nil {
		return errors.New("the server runs already")
	}
	p, err := startProcess(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errors.New("the server took too long to start"))
	defer cancel()
	if err := awaitServer(ctx, s.URL(""), p.gone); err != nil {
		return errors.Join(fmt.Errorf("%w\n%s", err, p.said()), p.kill())
	}
	s.process = p
	return nil
}

func (s *Server) stop(ctx context.Context, mode Mode) error {
	if s.process == nil {
		return nil
	}
	if err := s.process.end(ctx, mode); err != nil {
		return err
	}
	s.process = nil
	return nil
}

// closeTimeout is how long a server may take to crash before it is killed.
const closeTimeout = 30 * time.Second

// Close ends the server for good and removes its folder. It may be called again.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.stop(ctx, Immediate)
	if s.process != nil {
		err = errors.Join(err, s.process.kill())
		s.process = nil
	}
	if s.guard != nil {
		err = errors.Join(err, s.guard.close())
		s.guard = nil
		s.port.release()
	}
	return err
}

// data is the folder that PostgreSQL calls the data directory.
func (s *Server) data() string { return filepath.Join(s.dir, "data") }
