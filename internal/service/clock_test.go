package service

import (
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"
	"pgregory.net/rapid"
)

// machine is a machine whose clock can be set.
type machine struct {
	wall    time.Time
	elapsed time.Duration
}

func (m *machine) pass(d time.Duration) { m.wall, m.elapsed = m.wall.Add(d), m.elapsed+d }
func (m *machine) set(by time.Duration) { m.wall = m.wall.Add(by) }

func startClock() (*clock, *machine, *logtest.Hook) {
	log, lines := logtest.NewNullLogger()
	m := &machine{wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), elapsed: 5 * time.Hour}
	return newClock(func() time.Time { return m.wall }, func() time.Duration { return m.elapsed }, log), m, lines
}

// The clock follows the machine's clock as long as that only goes forward, also
// when it jumps or the machine slept.
func TestClock_FollowsForwardJumps(t *testing.T) {
	t.Parallel()
	c, m, lines := startClock()
	for range 3 {
		m.pass(time.Second)
		if got := c.Now(); !got.Equal(m.wall) {
			t.Errorf("got %s at %s", got, m.wall)
		}
		m.set(time.Hour)
		if got := c.Now(); !got.Equal(m.wall) {
			t.Errorf("after a jump: got %s at %s", got, m.wall)
		}
	}
	if n := len(lines.AllEntries()); n != 0 {
		t.Errorf("%d lines were logged", n)
	}
}

// When the machine's clock is set back, time goes on as it really passes. It is
// logged once, and again if it happens again after the clock was corrected.
func TestClock_SetBackGoesOn(t *testing.T) {
	t.Parallel()
	c, m, lines := startClock()
	before := c.Now()
	m.set(-time.Hour)
	for i := range 10 {
		if got, want := c.Now(), before.Add(time.Duration(i)*time.Minute); !got.Equal(want) {
			t.Errorf("got %s, want %s", got, want)
		}
		m.pass(time.Minute)
	}
	if n := len(lines.AllEntries()); n != 1 || lines.LastEntry().Data["back"] != time.Hour {
		t.Fatalf("%d lines were logged", n)
	}
	m.set(time.Hour)
	if got, want := c.Now(), before.Add(10*time.Minute); !got.Equal(want) {
		t.Errorf("after the correction: got %s, want %s", got, want)
	}
	m.set(-time.Minute)
	_ = c.Now()
	if n := len(lines.AllEntries()); n != 2 {
		t.Errorf("%d lines were logged", n)
	}
}

// Corrections of a few seconds are not worth a line.
func TestClock_SmallCorrectionIsQuiet(t *testing.T) {
	t.Parallel()
	c, m, lines := startClock()
	before := c.Now()
	m.set(-setBack)
	if got := c.Now(); !got.Equal(before) || len(lines.AllEntries()) != 0 {
		t.Errorf("got %s, %d lines", got, len(lines.AllEntries()))
	}
}

// Whatever happens to the machine's clock, this one never goes back, never runs
// slower than time passes, and is never ahead of the latest time that the machine
// showed.
func TestClock_NeverGoesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, m, _ := startClock()
		last, lastElapsed := c.Now(), m.elapsed
		latest := m.wall
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			passed := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "passed"))
			m.pass(passed)
			latest = latest.Add(passed)
			m.set(time.Duration(rapid.Int64Range(int64(-2*time.Hour), int64(2*time.Hour)).Draw(t, "set")))
			if m.wall.After(latest) {
				latest = m.wall
			}
			now := c.Now()
			if least := last.Add(m.elapsed - lastElapsed); now.Before(least) {
				t.Fatalf("%s passed between %s and %s", m.elapsed-lastElapsed, last, now)
			}
			if now.After(latest) {
				t.Fatalf("got %s, but it is %s at the latest", now, latest)
			}
			last, lastElapsed = now, m.elapsed
		}
	})
}

// A process that is paused while it reads the clocks does not run ahead later.
func TestClock_PausedWhileReading(t *testing.T) {
	t.Parallel()
	log, _ := logtest.NewNullLogger()
	m := &machine{wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	readings := 0
	pause := func() { // before every reading
		if readings++; readings%3 == 0 {
			m.pass(time.Minute)
		}
	}
	c := newClock(func() time.Time { pause(); return m.wall }, func() time.Duration { pause(); return m.elapsed }, log)
	for range 20 {
		if got := c.Now(); got.After(m.wall) {
			t.Fatalf("got %s at %s", got, m.wall)
		}
		m.pass(time.Second)
	}
}

// The machine's own clocks: time passes.
func TestClock_OfThisMachine(t *testing.T) {
	t.Parallel()
	log, _ := logtest.NewNullLogger()
	c := newClock(time.Now, elapsed, log)
	if off := time.Until(c.Now()).Abs(); off > time.Minute {
		t.Errorf("the clock is off by %s", off)
	}
	if before := elapsed(); elapsed() < before || before <= 0 {
		t.Error("elapsed goes back")
	}
}
