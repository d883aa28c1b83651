package testpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Launch makes a throwaway cluster and starts it; [Server.Close] ends it and
// removes its folder, as does the end of this process. It needs the server's
// binaries on this machine, and takes a second or two. Tests use [Start].
func Launch(ctx context.Context, opts ...Option) (*Server, error) {
	bin, err := binaries(ctx, usualPlaces)
	if err != nil {
		return nil, err
	}
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, account: who, options: collect(opts), password: rand.Text()}
	if err := s.create(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// Where the port is not kept for us somebody else may have taken it.
	for range portAttempts {
		if err = s.Start(ctx); err == nil {
			return s, nil
		}
		if anew := s.reserve(); anew != nil || ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(err, s.Close())
}

const portAttempts = 3

// create makes the folder, the guard that removes it, and the cluster in it.
func (s *Server) create(ctx context.Context) error {
	parent := s.options.dir
	if parent == "" {
		parent = s.account.scratch()
	}
	dir, err := os.MkdirTemp(parent, "extendbot-postgres-")
	if err != nil {
		return fmt.Errorf("folder of the cluster: %w", err)
	}
	if s.guard, err = startGuard(removeCluster, dir); err != nil {
		return errors.Join(err, os.Remove(dir))
	}
	s.dir = dir
	if err := s.account.own(dir); err != nil {
		return fmt.Errorf("folder of the cluster: %w", err)
	}
	if err := s.reserve(); err != nil {
		return err
	}
	return s.initialize(ctx)
}

// removeCluster ends the server whose folder is $1, should it still run, and
// removes the folder, also from under an initdb.
const removeCluster = `
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -e "$1/data/postmaster.pid" ] || break
		sleep 0.5
	done
fi
for i in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf "$1" 2>/dev/null && break
	sleep 0.5
done
[ ! -e "$1" ]`

// initialize runs initdb. Over TCP everybody needs the password, and there is no
// other way in.
func (s *Server) initialize(ctx context.Context) error {
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("password of the cluster: %w", err)
	}
	if err := s.account.own(secret); err != nil {
		return fmt.Errorf("password of the cluster: %w", err)
	}
	//nolint:gosec // the binary is the one that was found
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"),
		"--pgdata", s.data(), "--username", superuser, "--pwfile", secret, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--no-locale", "--no-sync")
	s.account.run(cmd)
	cmd.Dir, cmd.Env = s.dir, environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd.Path, err, out)
	}
	if err := os.Remove(secret); err != nil {
		return fmt.Errorf("password of the cluster: %w", err)
	}
	return nil
}

// reserve takes a port, instead of the one that the server had.
func (s *Server) reserve() error {
	fresh, err := reservePort()
	if err != nil {
		return err
	}
	if s.port != nil {
		s.port.release()
	}
	s.port = fresh
	return nil
}
