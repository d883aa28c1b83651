package browser

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// suite ends the browser after all tests.
type suite struct{ m *testing.M }

// Run implements goleak.TestingM.
func (s suite) Run() int {
	code := s.m.Run()
	if err := chromium.close(); err != nil {
		fmt.Fprintln(os.Stderr, "close the browser:", err)
		return max(code, 1)
	}
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }
