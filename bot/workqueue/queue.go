package workqueue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"extendbot/order"
)

const (
	// maxQueued is how many pieces of work one queue holds, whether they run, wait
	// for a slot or are to be tried later. What does not fit is left to due work.
	maxQueued = 50_000
	// FirstRetry and maxRetry bound the pause before work that failed is tried
	// again.
	FirstRetry = time.Second
	maxRetry   = time.Minute
)

// Queue does one kind of work in memory: at most slots pieces at once. What
// finds no free slot waits. Work is identified by its key: it is never in the
// queue twice, and never runs twice at once.
//
// Channels take turns, so that a burst in one channel does not hold up the
// others. Within a channel, older work is done first.
//
// The queue is lost with the process. So it holds only work that due work, or
// the next start, would find again.
type Queue struct {
	cfg      Config
	inflight *Inflight
	slots    int
	// Turn, if it is not 0, lets the work of one channel begin one after the other:
	// the next piece begins when the one before says so ([Job.Next]), ends, or has
	// taken this long. It is set before the first Add.
	Turn time.Duration

	mu      sync.Mutex
	jobs    map[string]*Job
	lanes   map[string]*lane
	turns   []*lane // those that have something to run, in the order of their turns
	running int
}

// lane is the work of one channel that waits for a slot.
type lane struct {
	name     string
	waiting  []*Job      // oldest first
	expected []time.Time // the ages of work that may be added soon; see Queue.Expect
	taken    *Job        // whose turn is not over; always nil without Queue.Turn
	queued   bool        // it is in Queue.turns
}

// Work identifies a piece of work.
type Work struct {
	Key     string
	Channel string
	Since   time.Time // its age
	Version int       // what it is about; a newer version does not wait for a pause after an older one failed
}

// Job is a piece of work in the queue.
type Job struct {
	Work
	do func(ctx context.Context, j *Job) error

	// Failures counts the tries in a row that failed. Only the try itself, and the
	// queue between two tries, use it.
	Failures int
	// RepeatAt, if a try sets it and returns nil, is when the work is done again.
	// Yield, if a try sets it and returns [*order.Later], lets Add shorten the
	// pause. Both hold for that try only.
	RepeatAt time.Time
	Yield    bool
	// Shown is what an earlier try showed and could not record; nil: nothing. Only
	// the try itself sets it, with the lock of the queue.
	Shown *order.Shown

	queue *Queue
	state jobState
	at    time.Time     // for delayed: when it is tried
	held  bool          // for delayed: a try asked for that time, so it is not tried sooner
	timer *time.Timer   // for delayed: until it is tried; for running: until its turn is over
	again time.Time     // for running: it was added once more, for this time; zero: it was not
	newer bool          // for running: … with a newer version
	tried chan struct{} // closed after the next try
}

type jobState int

const (
	delayed jobState = iota
	waiting
	running
)

// Config is what all queues of the bot have in common. All fields are required.
type Config struct {
	Now    func() time.Time
	Jitter func() float64 // returns random numbers in [0, 1) that vary pauses
	// Panicked is called with the key of work that panicked, and with the panic, by
	// the goroutine that recovered from it.
	Panicked func(key string, p any)
}

// New returns an empty queue whose work counts as in flight while it runs, or
// waits for a slot.
func New(cfg Config, running *Inflight, slots int) *Queue {
	return &Queue{
		cfg: cfg, inflight: running, slots: slots,
		jobs: map[string]*Job{}, lanes: map[string]*lane{},
	}
}

// Expect keeps work in a channel from beginning that is younger than since, until
// the returned function is called: older work may be added until then.
func (q *Queue) Expect(channel string, since time.Time) (over func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lane(channel)
	l.expected = append(l.expected, since)
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		l.expected = slices.Delete(l.expected, slices.Index(l.expected, since), slices.Index(l.expected, since)+1)
		q.queue(l)
		q.dispatch()
	}
}

// lane returns the lane of a channel. The caller holds the lock.
func (q *Queue) lane(channel string) *lane {
	l := q.lanes[channel]
	if l == nil {
		l = &lane{name: channel}
		q.lanes[channel] = l
	}
	return l
}

// blocked reports whether older work than what waits may be added soon.
func (l *lane) blocked() bool {
	return slices.ContainsFunc(l.expected, func(since time.Time) bool { return since.Before(l.waiting[0].Since) })
}

// Add makes do run at a time, or as soon as there is a slot after that. It is
// tried again until it returns nil: after the time in its [*order.Later], and
// after any other error with a pause that grows. If the queue has the key
// already, Add only makes sure that the work is tried once more, with the do
// that it has, and not later than at that time; it does not shorten the pause
// after a try that failed, unless the work has a newer version. Add returns a
// channel that is closed after the next try, or nil if the queue is full or the
// bot has stopped.
func (q *Queue) Add(w Work, at time.Time, do func(context.Context, *Job) error) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, ok := q.jobs[w.Key]
	if !ok {
		if len(q.jobs) >= maxQueued || q.inflight.ended() {
			return nil
		}
		j = &Job{Work: w, do: do, queue: q, tried: make(chan struct{})}
		q.jobs[w.Key] = j
		q.delay(j, at, false)
		return j.tried
	}
	newer := w.Version > j.Version
	j.Version = max(j.Version, w.Version)
	switch j.state {
	case running:
		at = latest(at, q.cfg.Now())
		if j.again.IsZero() || at.Before(j.again) {
			j.again = at
		}
		j.newer = j.newer || newer
	case delayed:
		if newer {
			j.Failures = 0
		}
		if (newer || !j.held) && at.Before(j.at) {
			q.delay(j, at, false)
		}
	case waiting:
	}
	return j.tried
}

// Next returns when the work with a key is tried next, at the earliest. It
// returns false if there is no such work.
func (q *Queue) Next(key string) (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, ok := q.jobs[key]
	if !ok {
		return time.Time{}, false
	}
	return j.at, true
}

// Tried returns a channel that is closed after the next try of the work with a
// key, or nil if there is no such work.
func (q *Queue) Tried(key string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, ok := q.jobs[key]
	if !ok {
		return nil
	}
	return j.tried
}

// Showing returns a channel that is closed after the next try, if the work with a
// key runs, or showed something that is not recorded yet; otherwise nil.
func (q *Queue) Showing(key string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j, ok := q.jobs[key]; ok && (j.state == running || j.Shown != nil) {
		return j.tried
	}
	return nil
}

// Unrecorded returns what the work with a key showed and could not record, or nil.
func (q *Queue) Unrecorded(key string) *order.Shown {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j, ok := q.jobs[key]; ok {
		return j.Shown
	}
	return nil
}

// Remember keeps what was shown and could not be recorded, for the next try.
func (j *Job) Remember(shown *order.Shown) {
	j.queue.mu.Lock()
	defer j.queue.mu.Unlock()
	j.Shown = shown
}

// Cancel drops work that waits for its time.
func (q *Queue) Cancel(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j, ok := q.jobs[key]; ok && j.state == delayed {
		j.stopTimer()
		q.drop(j)
	}
}

// Size returns how many pieces of work are in the queue.
func (q *Queue) Size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}

// delay sets when a job is tried. The caller holds the lock.
func (q *Queue) delay(j *Job, at time.Time, held bool) {
	j.stopTimer()
	j.state, j.at, j.held = delayed, at, held
	pause := at.Sub(q.cfg.Now())
	if pause <= 0 {
		q.wait(j)
		return
	}
	j.timer = time.AfterFunc(pause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if j.state == delayed && q.jobs[j.Key] == j && j.at.Equal(at) {
			q.wait(j)
		}
	})
}

func (j *Job) stopTimer() {
	if j.timer != nil {
		j.timer.Stop()
		j.timer = nil
	}
}

// wait lets a job wait for its turn. From now on the bot does not stop without
// it. The caller holds the lock.
func (q *Queue) wait(j *Job) {
	if !q.inflight.begin() {
		q.drop(j)
		return
	}
	j.state = waiting
	l := q.lane(j.Channel)
	at := len(l.waiting)
	for at > 0 && j.Since.Before(l.waiting[at-1].Since) { // usually it is the youngest
		at--
	}
	l.waiting = slices.Insert(l.waiting, at, j)
	q.queue(l)
	q.dispatch()
}

// queue gives a lane a turn if it has something to run. It forgets a lane that
// is empty. The caller holds the lock.
func (q *Queue) queue(l *lane) {
	switch {
	case l.queued || l.taken != nil:
	case len(l.waiting) == 0 && len(l.expected) == 0:
		delete(q.lanes, l.name)
	case len(l.waiting) == 0 || l.blocked():
	default:
		l.queued = true
		q.turns = append(q.turns, l)
	}
}

// dispatch starts what there are slots for. The caller holds the lock.
func (q *Queue) dispatch() {
	for q.running < q.slots && len(q.turns) > 0 {
		l := q.turns[0]
		q.turns = q.turns[1:]
		l.queued = false
		j := l.waiting[0]
		l.waiting = l.waiting[1:]
		j.state = running
		q.running++
		if q.Turn > 0 {
			l.taken = j
			j.timer = time.AfterFunc(q.Turn, j.Next)
		}
		q.queue(l)
		go q.run(j) // inflight waits for it
	}
}

// Next ends a job's turn: the next one of its channel may begin.
func (j *Job) Next() {
	j.queue.mu.Lock()
	defer j.queue.mu.Unlock()
	j.queue.endTurn(j)
}

// endTurn is [Job.Next] for a caller that holds the lock.
func (q *Queue) endTurn(j *Job) {
	if l := q.lanes[j.Channel]; l != nil && l.taken == j {
		j.stopTimer()
		l.taken = nil
		q.queue(l)
		q.dispatch()
	}
}

// run does one try.
func (q *Queue) run(j *Job) {
	defer q.inflight.done()
	err := q.try(j)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	q.endTurn(j)
	close(j.tried)
	j.tried = make(chan struct{})
	if j.newer {
		err = nil // that was an older version
	}
	again := j.again
	j.again, j.newer = time.Time{}, false
	repeatAt, yield := j.RepeatAt, j.Yield
	j.RepeatAt, j.Yield = time.Time{}, false
	later, ok := errors.AsType[*order.Later](err)
	switch {
	case ok:
		q.delay(j, later.At, !yield)
	case err != nil:
		j.Failures++
		q.delay(j, q.retryAt(j.Failures), true)
	case !again.IsZero():
		j.Failures = 0
		q.delay(j, again, false)
	case !repeatAt.IsZero():
		j.Failures = 0
		q.delay(j, repeatAt, false)
	default:
		q.drop(j)
	}
	q.dispatch()
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

var errPanicked = errors.New("the work panicked")

// try does the work once. A panic costs only this try.
func (q *Queue) try(j *Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.cfg.Panicked(j.Key, p)
			err = errPanicked
		}
	}()
	return j.do(q.inflight.ctx, j)
}

// RetryAt returns when the work is tried again after its failures.
func (j *Job) RetryAt() time.Time { return j.queue.retryAt(j.Failures) }

// retryAt returns when work is tried again after its try number n, from 1,
// failed.
func (q *Queue) retryAt(n int) time.Time {
	pause := min(FirstRetry<<min(n-1, 10), maxRetry)
	return q.cfg.Now().Add(pause + time.Duration(q.cfg.Jitter()*float64(pause/4)))
}

// drop forgets a job. The caller holds the lock.
func (q *Queue) drop(j *Job) {
	if q.jobs[j.Key] == j {
		delete(q.jobs, j.Key)
		close(j.tried)
	}
}
