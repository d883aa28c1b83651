package service

import (
	"fmt"
	"testing"
	"time"
)

// Slack's error codes come from outside. However many different ones there are,
// and whatever is in them, the number of series stays small, and /metrics can be
// read.
func TestMetrics_LabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	for i := range 1000 {
		m.Called("chat.update", fmt.Sprintf("code_%d", i), time.Millisecond)
	}
	for _, code := range []string{"", "\xff", "a\nb", "A", "ratelimited ", "x}y", "code_0"} {
		m.Called("chat.update", code, time.Millisecond)
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		n := len(f.GetMetric())
		if n > maxLabelValues+1 {
			t.Errorf("%s has %d series", f.GetName(), n)
		}
		if f.GetName() != "extendbot_slack_call_seconds" {
			continue
		}
		counts := map[string]uint64{}
		for _, series := range f.GetMetric() {
			counts[series.GetLabel()[0].GetValue()] = series.GetHistogram().GetSampleCount()
		}
		if n != maxLabelValues+1 || counts["code_0"] != 2 || counts["other"] != 1000-maxLabelValues+6 {
			t.Errorf("got %v", counts)
		}
	}
}
