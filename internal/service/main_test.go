package service_test

import (
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/testpg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testpg.Suite(servicetest.Main{M: m})) }
