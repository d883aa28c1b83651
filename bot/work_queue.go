package bot

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
	// firstRetry and maxRetry bound the pause before work that failed is tried
	// again.
	firstRetry = time.Second
	maxRetry   = time.Minute
)

// workQueue does one kind of work in memory: at most slots pieces at once. What
// finds no free slot waits. Work is identified by its key: it is never in the
// queue twice, and never runs twice at once.
//
// Channels take turns, so that a burst in one channel does not hold up the
// others. Within a channel, older work is done first.
//
// The queue is lost with the process. So it holds only work that due work, or
// the next start, would find again.
type workQueue struct {
	cfg      *Config
	inflight *inflight
	slots    int
	// turn, if it is not 0, lets the work of one channel begin one after the other:
	// the next piece begins when the one before says so ([job.next]), ends, or has
	// taken this long.
	turn time.Duration

	mu      sync.Mutex
	jobs    map[string]*job
	lanes   map[string]*lane
	turns   []*lane // those that have something to run, in the order of their turns
	running int
}

// lane is the work of one channel that waits for a slot.
type lane struct {
	name     string
	waiting  []*job      // oldest first
	expected []time.Time // the ages of work that may be added soon; see workQueue.expect
	taken    *job        // whose turn is not over; always nil without workQueue.turn
	queued   bool        // it is in workQueue.turns
}

// work identifies a piece of work.
type work struct {
	key     string
	channel string
	since   time.Time // its age
	version int       // what it is about; a newer version does not wait for a pause after an older one failed
}

// job is a piece of work in the queue.
type job struct {
	work
	do func(ctx context.Context, j *job) error

	// failures counts the tries in a row that failed. Only the try itself, and the
	// queue between two tries, use it.
	failures int
	// repeatAt, if a try sets it and returns nil, is when the work is done again.
	// yield, if a try sets it and returns [*order.Later], lets add shorten the
	// pause. Both hold for that try only.
	repeatAt time.Time
	yield    bool
	// shown is what an earlier try showed and could not record; nil: nothing. Only
	// the try itself sets it, with the lock of the queue.
	shown *order.Shown

	queue *workQueue
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

func newWorkQueue(cfg *Config, running *inflight, slots int) *workQueue {
	return &workQueue{
		cfg: cfg, inflight: running, slots: slots,
		jobs: map[string]*job{}, lanes: map[string]*lane{},
	}
}

// expect keeps work in a channel from beginning that is younger than since, until
// the returned function is called: older work may be added until then.
func (q *workQueue) expect(channel string, since time.Time) (over func()) {
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
func (q *workQueue) lane(channel string) *lane {
	l := q.lanes[channel]
	if l == nil {
		l = &lane{name: channel}
		q.lanes[channel] = l
	}
	return l
}

// blocked reports whether older work than what waits may be added soon.
func (l *lane) blocked() bool {
	return slices.ContainsFunc(l.expected, func(since time.Time) bool { return since.Before(l.waiting[0].since) })
}

// add makes do run at a time, or as soon as there is a slot after that. It is
// tried again until it returns nil: after the time in its [*order.Later], and
// after any other error with a pause that grows. If the queue has the key
// already, add only makes sure that the work is tried once more, with the do
// that it has, and not later than at that time; it does not shorten the pause
// after a try that failed, unless the work has a newer version. add returns a channel that is closed after the next
// try, or nil if the queue is full or the bot has stopped.
func (q *workQueue) add(w work, at time.Time, do func(context.Context, *job) error) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, ok := q.jobs[w.key]
	if !ok {
		if len(q.jobs) >= maxQueued || q.inflight.ended() {
			return nil
		}
		j = &job{work: w, do: do, queue: q, tried: make(chan struct{})}
		q.jobs[w.key] = j
		q.delay(j, at, false)
		return j.tried
	}
	newer := w.version > j.version
	j.version = max(j.version, w.version)
	switch j.state {
	case running:
		at = latest(at, q.cfg.Now())
		if j.again.IsZero() || at.Before(j.again) {
			j.again = at
		}
		j.newer = j.newer || newer
	case delayed:
		if newer {
			j.failures = 0
		}
		if (newer || !j.held) && at.Before(j.at) {
			q.delay(j, at, false)
		}
	case waiting:
	}
	return j.tried
}

// next returns when the work with a key is tried next, at the earliest. It
// returns false if there is no such work.
func (q *workQueue) next(key string) (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, ok := q.jobs[key]
	if !ok {
		return time.Time{}, false
	}
	return j.at, true
}

// tried returns a channel that is closed after the next try of the work with a
// key, or nil if there is no such work.
func (q *workQueue) tried(key string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, ok := q.jobs[key]
	if !ok {
		return nil
	}
	return j.tried
}

// showing returns a channel that is closed after the next try, if the work with a
// key runs, or showed something that is not recorded yet; otherwise nil.
func (q *workQueue) showing(key string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j, ok := q.jobs[key]; ok && (j.state == running || j.shown != nil) {
		return j.tried
	}
	return nil
}

// unrecorded returns what the work with a key showed and could not record, or nil.
func (q *workQueue) unrecorded(key string) *order.Shown {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j, ok := q.jobs[key]; ok {
		return j.shown
	}
	return nil
}

// remember keeps what was shown and could not be recorded, for the next try.
func (j *job) remember(shown *order.Shown) {
	j.queue.mu.Lock()
	defer j.queue.mu.Unlock()
	j.shown = shown
}

// cancel drops work that waits for its time.
func (q *workQueue) cancel(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j, ok := q.jobs[key]; ok && j.state == delayed {
		j.stopTimer()
		q.drop(j)
	}
}

// size returns how many pieces of work are in the queue.
func (q *workQueue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}

// delay sets when a job is tried. The caller holds the lock.
func (q *workQueue) delay(j *job, at time.Time, held bool) {
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
		if j.state == delayed && q.jobs[j.key] == j && j.at.Equal(at) {
			q.wait(j)
		}
	})
}

func (j *job) stopTimer() {
	if j.timer != nil {
		j.timer.Stop()
		j.timer = nil
	}
}

// wait lets a job wait for its turn. From now on the bot does not stop without
// it. The caller holds the lock.
func (q *workQueue) wait(j *job) {
	if !q.inflight.begin() {
		q.drop(j)
		return
	}
	j.state = waiting
	l := q.lane(j.channel)
	at := len(l.waiting)
	for at > 0 && j.since.Before(l.waiting[at-1].since) { // usually it is the youngest
		at--
	}
	l.waiting = slices.Insert(l.waiting, at, j)
	q.queue(l)
	q.dispatch()
}

// queue gives a lane a turn if it has something to run. It forgets a lane that
// is empty. The caller holds the lock.
func (q *workQueue) queue(l *lane) {
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
func (q *workQueue) dispatch() {
	for q.running < q.slots && len(q.turns) > 0 {
		l := q.turns[0]
		q.turns = q.turns[1:]
		l.queued = false
		j := l.waiting[0]
		l.waiting = l.waiting[1:]
		j.state = running
		q.running++
		if q.turn > 0 {
			l.taken = j
			j.timer = time.AfterFunc(q.turn, j.next)
		}
		q.queue(l)
		go q.run(j) // inflight waits for it
	}
}

// next ends a job's turn: the next one of its channel may begin.
func (j *job) next() {
	j.queue.mu.Lock()
	defer j.queue.mu.Unlock()
	j.queue.endTurn(j)
}

// endTurn is [job.next] for a caller that holds the lock.
func (q *workQueue) endTurn(j *job) {
	if l := q.lanes[j.channel]; l != nil && l.taken == j {
		j.stopTimer()
		l.taken = nil
		q.queue(l)
		q.dispatch()
	}
}

// run does one try.
func (q *workQueue) run(j *job) {
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
	repeatAt, yield := j.repeatAt, j.yield
	j.repeatAt, j.yield = time.Time{}, false
	later, ok := errors.AsType[*order.Later](err)
	switch {
	case ok:
		q.delay(j, later.At, !yield)
	case err != nil:
		j.failures++
		q.delay(j, q.retryAt(j.failures), true)
	case !again.IsZero():
		j.failures = 0
		q.delay(j, again, false)
	case !repeatAt.IsZero():
		j.failures = 0
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
func (q *workQueue) try(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			logPanic(q.cfg, q.cfg.Log.WithField(fieldOrder, j.key), p)
			err = errPanicked
		}
	}()
	return j.do(q.inflight.ctx, j)
}

// retryAt returns when work is tried again after its try number n, from 1,
// failed.
func (q *workQueue) retryAt(n int) time.Time {
	pause := min(firstRetry<<min(n-1, 10), maxRetry)
	return q.cfg.Now().Add(pause + time.Duration(q.cfg.Jitter()*float64(pause/4)))
}

// drop forgets a job. The caller holds the lock.
func (q *workQueue) drop(j *job) {
	if q.jobs[j.key] == j {
		delete(q.jobs, j.key)
		close(j.tried)
	}
}
