package order_test

import (
	"flag"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// mostChecks is how often rapid checks a property.
const mostChecks = 2000

func TestMain(m *testing.M) {
	// The library's defaults have too few steps for two processes to die in turn.
	// Flags on the command line still override this.
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(mostChecks), "rapid.steps": "60"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// fewerChecks makes rapid check one property so many times less often, unless the command
// line says how often.
func fewerChecks(t *testing.T, times int) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	most, err := strconv.Atoi(checks.String())
	if err != nil || most != mostChecks {
		return
	}
	set := func(n int) {
		if err := checks.Set(strconv.Itoa(n)); err != nil {
			t.Error(err)
		}
	}
	set(most / times)
	t.Cleanup(func() { set(most) })
}
