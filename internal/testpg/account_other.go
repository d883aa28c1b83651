//go:build !unix

package testpg

import (
	"errors"
	"os"
	"os/exec"
)

// account is who the server runs as.
type account struct{}

func serverAccount() (*account, error) {
	return nil, errors.New("throwaway clusters need a Unix; set TEST_DATABASE_URL")
}

func (*account) own(string) error { return nil }

func (*account) run(*exec.Cmd) {}

func (*account) scratch() string { return os.TempDir() }
