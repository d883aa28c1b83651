package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"extendbot/ledger/dburl"
	"extendbot/ledger/duework"
	"extendbot/ledger/migrations"
	"extendbot/ledger/postgres"
	"extendbot/order"
)

// pgEngine stores everything in a PostgreSQL database, which any number of
// processes share. The server syncs every commit to disk, and combines commits
// that arrive together into one disk write.
type pgEngine struct {
	config   Config
	pool     *pgxpool.Pool
	queue    *river.Client[pgx.Tx]
	work     *river.Client[pgx.Tx] // nil until startWork
	alive    *postgres.Heartbeat   // nil if not serving
	adopters []*adopter            // none until startWork
	resumer  *resumer              // nil until startWork
}

const (
	// pgConnections is the maximum number of connections of a process, unless the
	// URL sets another one (pool_max_conns). One of them listens for due work.
	pgConnections = 16
	// pgFewest is the minimum that it needs: one listens, one migrates, and one
	// holds the lock on migrations.
	pgFewest = 4
)

func openPG(ctx context.Context, url string, c Config) (_ *pgEngine, err error) {
	config, err := dburl.ParsePostgres(url)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(url, "pool_max_conns=") {
		config.MaxConns = pgConnections
	}
	config.MaxConns = max(config.MaxConns, pgFewest)
	postgres.Configure(config)
	e := &pgEngine{config: c}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if e.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	if err := e.retryStart(ctx, c.Serve, e.prepare); err != nil {
		return nil, err
	}
	if c.Serve && !c.keepSchema && c.ProcessID != "" {
		err := e.retryStart(ctx, true, func(ctx context.Context) (err error) {
			e.alive, err = postgres.StartHeartbeat(ctx, c.ProcessID, e.pool.Config(), c.Log)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	e.queue, err = e.client(nil)
	return e, err
}

// prepare migrates the tables and checks the server's settings.
func (e *pgEngine) prepare(ctx context.Context) error {
	if err := migrations.Postgres(ctx, e.pool, e.config.Serve && !e.config.keepSchema); err != nil {
		return err
	}
	if err := postgres.WarnIfClocksDiffer(ctx, e.pool, e.config.Now, e.config.Log); err != nil {
		return err
	}
	return postgres.WarnIfCommitsCanBeLost(ctx, e.pool, e.config.Log)
}

// retryStart runs one step of the start, and if serve, again while it fails for a
// transient reason.
func (e *pgEngine) retryStart(ctx context.Context, serve bool, step func(ctx context.Context) error) error {
	if !serve {
		return step(ctx)
	}
	return postgres.Retry(ctx, e.config.StartWait, e.config.Log, step)
}

// client returns a River client. Without handlers it only inserts. It listens
// for due work, and also polls in case a notification was lost.
func (e *pgEngine) client(handle map[order.Work]Handler) (*river.Client[pgx.Tx], error) {
	config, err := duework.RiverConfig(e.config.queue(), handle)
	if err != nil {
		return nil, err
	}
	config.PollOnly = false
	config.FetchPollInterval = max(e.config.PollEvery, river.FetchPollIntervalDefault)
	return river.NewClient(riverpgxv5.New(e.pool), config)
}

// startWork implements engine.
func (e *pgEngine) startWork(ctx context.Context, handle map[order.Work]Handler) error {
	err := e.retryStart(ctx, true, func(ctx context.Context) error {
		client, err := e.client(handle)
		if err != nil {
			return fmt.Errorf("due work: %w", err)
		}
		if err := client.Start(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("start due work: %w", err)
		}
		e.work = client
		return nil
	})
	if err != nil {
		return err
	}
	e.adopters = startAdopters(context.WithoutCancel(ctx), e.config, e, handle)
	e.resumer = startResumer(context.WithoutCancel(ctx), e.config, e)
	return nil
}

// stopWork implements engine.
func (e *pgEngine) stopWork(ctx context.Context) error {
	if e.work == nil {
		return nil
	}
	e.resumer.stop()
	for _, a := range e.adopters { // first: otherwise they would adopt more orders
		a.stopSearching()
	}
	err := duework.Stop(ctx, e.work)
	for _, a := range e.adopters {
		err = errors.Join(err, a.wait(ctx))
	}
	e.work, e.adopters, e.resumer = nil, nil, nil
	return err
}

var errPGClose = errors.New("the connections to the database could not be closed in time")

// close implements engine.
func (e *pgEngine) close() error {
	if e.pool == nil {
		return nil
	}
	closed := make(chan struct{})
	go func() { // ends at the latest with the process
		if e.alive != nil {
			e.alive.Close()
		}
		e.pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(e.config.closeWait):
		return errPGClose
	}
}

// exclusive implements engine.
func (*pgEngine) exclusive() bool { return false }

// clocks implements engine. River schedules with the clock of this machine, and
// some of its queries use the server's.
func (e *pgEngine) clocks() []*duework.Clock {
	return []*duework.Clock{e.config.wallClock(), {Read: func(ctx context.Context) (shown time.Time, err error) {
		ctx, cancel := context.WithTimeoutCause(ctx, e.config.WriteWait, postgres.ErrSlow)
		defer cancel()
		return postgres.ServerClock(ctx, e.pool)
	}}}
}

// queueNow implements engine.
func (*pgEngine) queueNow() string { return "now()" }
