package demo

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if IsBot() {
		BotMain()
		return
	}
	goleak.VerifyTestMain(m)
}
