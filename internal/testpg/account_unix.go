//go:build unix

package testpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who the server runs as; nil is who the tests run as.
type account struct{ uid, gid uint32 }

// serverAccount gives who the server is to run as: PostgreSQL refuses to be
// root, so root hands it to somebody who may do less.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is ourselves
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("group of user %s: %w", name, err)
		}
		return &account{uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return nil, errors.New("the tests run as root, PostgreSQL must not, and there is neither a user postgres nor nobody")
}

// own gives a file or folder to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// run makes cmd run as the account, in a process group of its own: a Ctrl-C at
// the terminal is for the tests, which then end the server.
func (a *account) run(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
}

// scratch is the folder for throwaway clusters: the usual one, unless the
// account cannot get there.
func (a *account) scratch() string {
	usual := os.TempDir()
	if a == nil {
		return usual
	}
	for _, dir := range []string{usual, "/tmp", "/var/tmp"} {
		if openToAll(dir) {
			return dir
		}
	}
	return usual
}

// openToAll reports whether everybody may pass through dir and all above it.
func openToAll(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return true
	}
}
