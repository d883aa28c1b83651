package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/testpg"
)

// runMain is set in the environment of a process in which this test binary is the
// program: it runs main instead of the tests.
const runMain = "EXTENDBOT_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(testpg.Suite(servicetest.Main{M: m}))
}
