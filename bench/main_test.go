package main

import (
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/testpg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testpg.Suite(m)) }
