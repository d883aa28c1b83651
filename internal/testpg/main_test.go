//go:build unix

package testpg

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimVariable); dir != "" {
		victim(dir)
		return
	}
	goleak.VerifyTestMain(Suite(m))
}

// victimVariable makes this binary a process for a test to kill. Its value is
// the folder for the cluster.
const victimVariable = "EXTENDBOT_TESTPG_VICTIM"

// victim runs a cluster until its input ends.
func victim(dir string) {
	if _, err := Launch(context.Background(), In(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // only the end of the input matters
}
