package settings

import "testing"

// An empty REMIND_BEFORE switches reminders off, and each of its mistakes is reported.
func TestParse_RemindBefore(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " "} {
		s, err := Parse(with(map[string]string{"REMIND_BEFORE": text}))
		if err != nil || len(s.RemindBefore) > 0 {
			t.Errorf("%q: %v, %v", text, s.RemindBefore, err)
		}
	}
	_, err := Parse(with(map[string]string{"REMIND_BEFORE": "2h,2,2h,40d"}))
	wantMistakes(t, err,
		Mistake{"REMIND_BEFORE", "entry 2: a number needs a unit: m, h, or d"},
		Mistake{"REMIND_BEFORE", "entry 3: is as long as entry 1; remove one of the two"},
		Mistake{"REMIND_BEFORE", "entry 4: must be from 1m to 30d"})
}
