package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/demo"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/testpg"
)

// runMain is set in the environment of a process that runs this test binary as
// the program: it calls main instead of running tests.
const runMain = "EXTENDBOT_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" || demo.IsBot() {
		main()
		return
	}
	goleak.VerifyTestMain(testpg.Suite(servicetest.Main{M: m}))
}
