package main

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/testpg"
)

// suite lets TestMain close what the tests' own HTTP client keeps before leaks
// are looked for.
type suite struct{ m *testing.M }

// Run implements goleak.TestingM.
func (s suite) Run() int {
	code := s.m.Run()
	http.DefaultClient.CloseIdleConnections()
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(testpg.Suite(suite{m})) }
