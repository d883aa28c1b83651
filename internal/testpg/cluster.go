//go:build unix

package testpg

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// cluster is the folder of a server, and its settings and processes.
type cluster struct {
	bin, parent, dir string
	durable          bool
	settings         []string // lines of postgresql.conf
	as               *syscall.SysProcAttr
	socket           int // reserves the port
	guard            *exec.Cmd
	guarded          io.Closer
}

// Option changes how [Launch] and [Start] create a cluster.
type Option func(*cluster)

// Setting sets a server variable, such as wal_level. If a name is set twice, the
// last one counts.
func Setting(name, value string) Option {
	return func(c *cluster) { c.settings = append(c.settings, name+" = '"+value+"'") }
}

// Durable makes the server sync its commits, as in production. Without it, a
// commit survives a crash of the server but not of the machine, and is much
// faster.
func Durable() Option {
	return func(c *cluster) {
		c.durable = true
		c.settings = append(c.settings, "fsync = on", "full_page_writes = on")
	}
}

// In creates the cluster below dir instead of in memory or below the folder for temporary
// files. If the tests run as root, every user must be able to enter dir.
func In(dir string) Option { return func(c *cluster) { c.parent = dir } }

// Launch creates a throwaway cluster and starts it, which takes a second or two.
// [Server.Close] removes it, and so does the end of this process. Tests use
// [Start].
func Launch(ctx context.Context, opts ...Option) (*Server, error) {
	c := &cluster{settings: []string{
		"fsync = off", "full_page_writes = off", "max_connections = 200", "unix_socket_directories = ''",
	}}
	s := &Server{cluster: c}
	for _, opt := range opts {
		opt(c)
	}
	if c.parent == "" && c.durable {
		c.parent = os.TempDir()
	} else if c.parent == "" {
		c.parent = fastDir()
	}
	err := c.create(ctx, &s.url)
	if err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create a throwaway cluster: %w", err), s.Close())
	}
	return s, nil
}

// create creates the cluster, and the guard that removes it.
func (c *cluster) create(ctx context.Context, at *url.URL) (err error) {
	if c.bin, err = binaries(strings.Fields(packagePlaces)); err != nil {
		return err
	}
	owner, err := c.account()
	if err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp(c.parent, "extendbot-postgres-"); err != nil {
		return err
	}
	if err = c.startGuard(); err != nil {
		return errors.Join(err, os.Remove(c.dir))
	}
	port, err := c.reservePort()
	if err != nil {
		return err
	}
	const superuser = "postgres" // also the name of a database that every cluster has
	*at = url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, rand.Text()), Host: "127.0.0.1:" + port,
		Path: "/" + superuser, RawQuery: "sslmode=disable",
	}
	secret := filepath.Join(c.dir, "password")
	password, _ := at.User.Password()
	err = os.WriteFile(secret, []byte(password), 0o600) //nolint:gosec // in the folder created above
	err = errors.Join(err, os.Chown(secret, owner, -1), os.Chown(c.dir, owner, -1))
	if err != nil {
		return err
	}
	err = c.run(ctx, "initdb", "--username", superuser, "--pwfile", secret, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return err
	}
	c.settings = append(c.settings, "listen_addresses = '127.0.0.1'", "port = "+port)
	conf := strings.Join(c.settings, "\n") + "\n"
	return errors.Join(os.Remove(secret), os.WriteFile(filepath.Join(c.data(), "postgresql.conf"), []byte(conf), 0o600))
}

// run runs one of the binaries on the cluster.
func (c *cluster) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), append(args, "-D", c.data())...) //nolint:gosec // a binary from c.bin
	cmd.SysProcAttr, cmd.Dir, cmd.Env = c.as, c.dir, append(os.Environ(), "LC_ALL=C")            // C is always installed
	if out, err := cmd.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(c.log()) // it may not exist yet
		return fmt.Errorf("%s: %w\n%s%s", name, err, out, log[max(0, len(log)-2000):])
	}
	return nil
}

// control runs pg_ctl, which waits for the server, even on a slow disk.
func (c *cluster) control(ctx context.Context, args ...string) error {
	return c.run(ctx, "pg_ctl", append(args, "--wait", "--timeout", "120")...)
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) log() string { return filepath.Join(c.dir, "log") }

func (c *cluster) pid() int {
	file, _ := os.ReadFile(filepath.Join(c.data(), "postmaster.pid")) // exists while the server runs
	line, _, _ := bytes.Cut(file, []byte("\n"))
	pid, _ := strconv.Atoi(string(line))
	return pid
}

// packagePlaces are patterns for the folders where packages put the binaries.
// scripts/postgres-for-tests reads the same file.
//
//go:embed binaries.txt
var packagePlaces string

// binaries returns the folder of initdb in PATH, or the newest one in places.
func binaries(places []string) (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		target, err := filepath.EvalSymlinks(initdb) // the other binaries are next to it
		return filepath.Dir(target), err
	}
	for _, pattern := range places {
		found, _ := filepath.Glob(filepath.Join(pattern, "initdb")) // the patterns are well-formed
		if len(found) > 0 {
			return filepath.Dir(slices.Max(found)), nil
		}
	}
	return "", errors.New("no initdb in PATH or where packages put it")
}

// account makes the server run as another user if this process runs as root,
// because PostgreSQL refuses to run as root. It returns the id of the server's
// user.
func (c *cluster) account() (id int, err error) {
	if os.Geteuid() != 0 {
		return os.Geteuid(), nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return 0, err
		}
	}
	uid, noUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, noGID := strconv.ParseUint(u.Gid, 10, 32)
	c.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return int(uid), errors.Join(noUID, noGID)
}

// reservePort reserves a TCP port of 127.0.0.1 that the kernel picks. On Linux,
// a bound socket that does not listen reserves it: the server can bind the port
// too, because both set SO_REUSEADDR, but the kernel does not assign it to
// anyone who asks for any free port, not even while the server is down. On other
// systems, the port only probably stays free.
func (c *cluster) reservePort() (port string, err error) {
	if c.socket, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err != nil {
		return "", err
	}
	syscall.CloseOnExec(c.socket)
	err = syscall.SetsockoptInt(c.socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	err = errors.Join(err, syscall.Bind(c.socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	bound, noName := syscall.Getsockname(c.socket)
	if runtime.GOOS != "linux" {
		c.releasePort()
	}
	if address, ok := bound.(*syscall.SockaddrInet4); ok {
		port = strconv.Itoa(address.Port)
	}
	return port, errors.Join(err, noName)
}

func (c *cluster) releasePort() {
	if c.socket > 0 {
		_ = syscall.Close(c.socket) // nothing was written to it
		c.socket = 0
	}
}

// removeCluster waits for the end of its input, which comes when the input is
// closed or when this process dies. Then it stops the server in the folder $1,
// if it is running, and removes the folder, even while initdb writes to it.
const removeCluster = `trap '' HUP INT TERM; cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
	i=0; while [ $i -lt 100 ] && [ -e "$1/data/postmaster.pid" ]; do sleep 0.1; i=$((i + 1)); done
fi
i=0; while [ $i -lt 50 ] && ! rm -rf "$1" 2>/dev/null; do sleep 0.1; i=$((i + 1)); done
[ ! -e "$1" ]`

func (c *cluster) startGuard() (err error) {
	guard := exec.Command("/bin/sh", "-c", removeCluster, "testpg-guard", c.dir) //nolint:gosec,noctx // the folder was created here; the guard has to outlive every context
	guard.Dir = "/"
	if c.guarded, err = guard.StdinPipe(); err != nil {
		return err
	}
	if err = guard.Start(); err == nil {
		c.guard = guard
	}
	return err
}

// remove makes the guard remove the cluster, and waits for that.
func (c *cluster) remove() error {
	c.releasePort()
	if c.guard == nil {
		return nil
	}
	_ = c.guarded.Close() // Wait reports a guard that has ended
	err := c.guard.Wait()
	c.guard = nil
	return err
}
