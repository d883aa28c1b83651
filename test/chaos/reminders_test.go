//go:build chaos

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

const (
	remindDay  = "remind_extend_1"
	remindWeek = "remind_extend_3"
)

// The first reminder of a round is due firstAfter its start, the second one secondAfter.
const (
	firstAfter  = 10 * time.Second
	secondAfter = 28 * time.Second
	// quietTime is how long the last start of a process and the last death have to be ago so
	// that somebody reminds: the others know of a death after some seconds.
	quietTime = 12 * time.Second
	// remindedWithin is how long after its time the second reminder may come if the process
	// that reminds dies. It includes the start of a process on a slow machine.
	remindedWithin = 40 * time.Second
)

// reminded is one round: a server that will run out, and the processes that remind of it.
type reminded struct {
	*replicas

	server string
	env    []string
	began  time.Time
	// ready is when a process was ready that replaces one that died before the second
	// reminder was due; zero if none died by then.
	ready time.Time
	// lost is how many processes may have died between a post and its record. Such a message
	// is repeated, and nobody updates it.
	lost int
}

// No reminder is lost, and none is repeated but for a process that dies between its post and
// its record, if the process that reminds dies around it; and many presses on what is there
// then are one order.
func TestReminders_DeathsAroundThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		point    string
		lost     int
		postgres bool
	}{
		{"leases.post.before", 0, true}, {"leases.post.after", 1, true}, {"leases.post.recorded", 0, true},
		{"leases.post.before", 0, false}, {"leases.post.after", 1, false},
	} {
		name := map[bool]string{true: "replicas", false: "one process"}[c.postgres]
		t.Run(name+"/"+c.point, func(t *testing.T) {
			t.Parallel()
			f := newReminded(t, c.postgres)
			f.lost = c.lost
			victim := f.add(t, append(f.env, "EXTENDBOT_CRASH="+c.point)...)
			if c.postgres {
				f.add(t, f.env...)
			}
			f.replace(t, victim)
			f.judge(t)
		})
	}
	if readPlan(t).long() {
		for i := range 6 {
			t.Run(fmt.Sprintf("replicas/at random %d", i), func(t *testing.T) { killedAtRandom(t, readPlan(t).seed+uint64(i)) })
		}
	}
}

// killedAtRandom kills whichever of three replicas, again and again, around both reminders.
func killedAtRandom(t *testing.T, seed uint64) {
	t.Parallel()
	random := rand.New(rand.NewPCG(seed, 12))
	f := newReminded(t, true)
	for range 3 {
		f.add(t, f.env...)
	}
	for time.Since(f.began) < secondAfter-quietTime {
		pause(f.ctx, time.Duration(random.IntN(3000))*time.Millisecond)
		r := f.all[random.IntN(len(f.all))]
		if r.alive() {
			r.signal(syscall.SIGKILL)
			f.lost++
			f.replace(t, r)
		}
	}
	f.judge(t)
}

// replace waits for the death of a replica and starts another one.
func (f *reminded) replace(t *testing.T, r *replica) {
	t.Helper()
	died := f.waitForDeath(t, r)
	f.add(t, f.env...)
	if died.Before(f.began.Add(secondAfter)) {
		f.ready = time.Now()
	}
}

// newReminded returns a world with a server whose lease, according to the policy, will end.
func newReminded(t *testing.T, postgres bool) *reminded {
	t.Helper()
	c := dueWorld()
	c.postgres = postgres
	f := &reminded{replicas: &replicas{world: newWorld(t, c)}, server: aliceServer, began: time.Now()}
	ends := f.began.Add(3 * time.Minute).Truncate(time.Minute).UTC()
	text, err := os.ReadFile(f.policy.file)
	if err != nil {
		t.Fatal(err)
	}
	from := fmt.Sprintf("%s: {id: %s,", f.server, idOf(f.server))
	to := fmt.Sprintf("%s expires: %q,", from, ends.Format("2006-01-02 15:04"))
	if changed := strings.Replace(string(text), from, to, 1); changed != string(text) {
		err = os.WriteFile(f.policy.file, []byte(changed), 0o600)
	} else {
		t.Fatalf("the policy does not have %q:\n%s", from, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := func(after time.Duration) time.Duration { return ends.Sub(f.began.Add(after)).Truncate(time.Second) }
	f.env = []string{"REMIND_CHANNEL=" + channel, fmt.Sprintf("REMIND_BEFORE=%s,%s", before(firstAfter), before(secondAfter))}
	return f
}

// posted returns the reminders that are in the channel.
func (f *reminded) posted() []slacksim.Message {
	return slices.DeleteFunc(f.slack.Messages(channel), func(m slacksim.Message) bool {
		return m.ThreadTS != "" && m.ThreadTS != m.TS || !strings.Contains(m.Flat(), f.server)
	})
}

// judge waits for the second reminder, presses buttons of all that are there, and compares
// what is in Slack and what 0xhost charged with what should be. The first reminder may be
// missing only if there was no time for it after a death: the second one then replaces it.
func (f *reminded) judge(t *testing.T) {
	t.Helper()
	second := f.began.Add(secondAfter)
	isFirst := func(m slacksim.Message) bool { return m.PostedAt.Before(second) }
	late := func() bool {
		return slices.ContainsFunc(f.posted(), func(m slacksim.Message) bool { return !isFirst(m) })
	}
	if !waitUntil(f.ctx, time.Until(second.Add(remindedWithin)), late) {
		t.Fatalf("there are %d reminders, and none of the second time\n%s", len(f.posted()), f.logs())
	}
	switch quiet := second.Sub(f.ready); {
	case slices.ContainsFunc(f.posted(), isFirst):
	case !f.ready.IsZero() && quiet < quietTime:
		t.Logf("there is no first reminder: the last process was ready only %s before the second one was due", quiet)
	default:
		t.Errorf("there is no first reminder, although there was time for it\n%s", f.logs())
	}
	pause(f.ctx, 3*time.Second) // one that is repeated comes soon, too
	all := f.posted()
	if most := 2 + f.lost; len(all) > most {
		t.Errorf("there are %d reminders, want at most %d\n%s", len(all), most, f.logs())
	}
	f.pressAll(t, all)
	ok := waitUntil(f.ctx, patience, func() bool { return len(f.oxhost.Charges()) > 0 && f.stale() <= f.lost })
	if n := len(f.oxhost.Charges()); !ok || n != 1 {
		t.Errorf("0xhost charged %d times; the reminders are\n%s\n%s", n, f.texts(), f.logs())
	}
	f.stopAll(t)
	if n := len(f.oxhost.Charges()); n != 1 {
		t.Errorf("0xhost charged %d times in the end", n)
	}
	f.verify(t)
}

// pressAll presses buttons of all reminders, ten times at once, as two people.
func (f *reminded) pressAll(t *testing.T, all []slacksim.Message) {
	t.Helper()
	var presses sync.WaitGroup
	for i := range 10 {
		m := all[i%len(all)]
		action := []string{remindDay, remindWeek}[i/2%2]
		button, ok := m.Button(action)
		if !ok {
			continue // its buttons are gone already
		}
		presses.Go(func() {
			click := slacksim.Click{User: []string{alice, colleague}[i%2], Channel: channel, TS: m.TS, ActionID: action, BlockID: button.BlockID}
			_, _ = f.slack.ClickRaw(f.ctx, click, button.Value) // without an ack, others count
		})
	}
	presses.Wait()
}

// stale returns how many reminders do not say that the server was extended.
func (f *reminded) stale() (n int) {
	for _, m := range f.posted() {
		if !strings.HasPrefix(m.Flat(), "✅") {
			n++
		}
	}
	return n
}

func (f *reminded) texts() (text string) {
	for _, m := range f.posted() {
		text += m.Flat() + "\n\n"
	}
	return text
}
