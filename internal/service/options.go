package service

import (
	"context"
	"net"
	"time"

	"extendbot/bot"
	"extendbot/order"
)

// Option changes something that is not a setting. The program itself only sets
// its version. The demo and the tests change the rest, because they cannot wait
// as long as people do.
type Option func(*options)

type options struct {
	version     string
	writeWait   time.Duration
	pollEvery   time.Duration
	stopTimeout time.Duration
	lookups     []time.Duration
	askEvery    time.Duration
	pauses      order.Pauses
	wall        func() time.Time
	elapsed     func() time.Duration
	queueNow    func() time.Time
	dial        func(ctx context.Context, network, address string) (net.Conn, error)
	bot         []func(*bot.Config)
}

func newOptions(opts []Option) options {
	o := options{version: devVersion, stopTimeout: StopTimeout, lookups: order.LookupSchedule(), wall: time.Now, elapsed: elapsed}
	for _, set := range opts {
		set(&o)
	}
	return o
}

// WithVersion sets the program's version, as the linker knows it, see [ReadBuild]. It is
// sent to 0xhost. The default is "dev".
func WithVersion(version string) Option { return func(o *options) { o.version = version } }

// WithWriteWait sets how long a write may take, and how long it waits for other writes,
// see [ledger.Config]. Zero is that package's defaults.
func WithWriteWait(d time.Duration) Option { return func(o *options) { o.writeWait = d } }

// WithPollEvery sets how often the service looks for due work, see
// [ledger.Config]. Zero is that package's default.
func WithPollEvery(d time.Duration) Option { return func(o *options) { o.pollEvery = d } }

// WithStopTimeout sets how long the service may take to stop. The default is
// [StopTimeout].
func WithStopTimeout(d time.Duration) Option { return func(o *options) { o.stopTimeout = d } }

// WithLookups sets when an unknown outcome is looked up, counted from when it
// became unknown, and how often people are asked about it after the last lookup.
// The defaults are [order.LookupSchedule] and that of [bot.Config] (zero).
func WithLookups(schedule []time.Duration, askEvery time.Duration) Option {
	return func(o *options) { o.lookups, o.askEvery = schedule, askEvery }
}

// WithPauses sets the times between the attempts at one order. The zero value is
// the default, see [order.Pauses].
func WithPauses(p order.Pauses) Option { return func(o *options) { o.pauses = p } }

// WithWallClock sets the machine's clock. The default is [time.Now].
func WithWallClock(now func() time.Time) Option { return func(o *options) { o.wall = now } }

// WithGoTime makes the service use no other clock than that of the package time,
// which testing/synctest replaces. By default it also uses the clocks of the
// kernel and of the database.
func WithGoTime() Option {
	began := time.Now()
	return func(o *options) {
		o.elapsed, o.queueNow = func() time.Duration { return time.Since(began) }, time.Now
	}
}

// WithDial sets how connections to Slack and 0xhost are opened. The default opens
// TCP connections.
func WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(o *options) { o.dial = dial }
}

// WithBot changes the bot's configuration before the bot is created.
func WithBot(change func(*bot.Config)) Option {
	return func(o *options) { o.bot = append(o.bot, change) }
}
