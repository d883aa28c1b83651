package browser

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/demo"
)

// suite ends the browser after all tests.
type suite struct{ m *testing.M }

// Run implements goleak.TestingM.
func (s suite) Run() int {
	if err := os.Setenv("TZ", "UTC"); err != nil { // the people of the demo live there
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := s.m.Run()
	if err := chromium.close(); err != nil {
		fmt.Fprintln(os.Stderr, "close the browser:", err)
		return max(code, 1)
	}
	return code
}

func TestMain(m *testing.M) {
	if demo.IsBot() {
		demo.BotMain()
		return
	}
	goleak.VerifyTestMain(suite{m})
}
