package ledger_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/testpg"
)

func TestMain(m *testing.M) {
	// Most of these tests wait: for a server, a poll, or a limit. Running more of
	// them at once than there are processors saves time.
	given := false
	flag.Parse()
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(testpg.Suite(m))
}
