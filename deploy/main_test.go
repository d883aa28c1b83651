package deploy_test

import (
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/service/servicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(servicetest.Main{M: m}) }
