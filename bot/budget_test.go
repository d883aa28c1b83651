package bot

import (
	"strings"
	"testing"
	"time"
)

func TestABudgetOfConnectionsThatIsTooSmallIsWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		others int
		warns  string
	}{
		"there is room":                  {7, ""},
		"the last ones are taken":        {8, "another replica would get none"},
		"other processes took too many":  {9, "lower it, or run fewer replicas"},
		"only other processes have some": {20, "lower it, or run fewer replicas"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, two)
			w.slack.SetNumConnectionsOffset(test.others)
			w.run()
			if err := w.slack.WaitConnections(w.ctx(), 2); err != nil {
				t.Fatal(err)
			}
			greeted := func() int { return strings.Count(w.logs.String(), "connected to slack") }
			for greeted() < 2 {
				if err := sleep(w.ctx(), time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			w.stop() // what is logged after a hello is logged by then
			if err := w.ended(); err != nil {
				t.Fatal(err)
			}
			said := w.logs.String()
			if strings.Contains(said, "level=warning") != (test.warns != "") || !strings.Contains(said, test.warns) {
				t.Errorf("logged %s", said)
			}
		})
	}
}
