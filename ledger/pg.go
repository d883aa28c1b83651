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

	"extendbot/order"
)

// pgEngine keeps everything in a PostgreSQL database, which any number of
// processes share. Every commit is synced there: the server puts those that
// come together into one write to its disk.
type pgEngine struct {
	config  Config
	pool    *pgxpool.Pool
	queue   *river.Client[pgx.Tx]
	work    *river.Client[pgx.Tx] // nil until startWork
	orphans []*orphans            // none until startWork
}

const (
	// pgConnections is how many connections a process opens at most, unless
	// the URL says otherwise (pool_max_conns): one listens for due work.
	pgConnections = 16
	// pgFewest is what it needs at least: one listens, one migrates, and one
	// keeps the others from migrating.
	pgFewest      = 4
	pgConnectTime = 5 * time.Second
	// maxSkew is how far the clocks of two machines may be apart before it is
	// worth a warning. Leases of orders have far more to spare.
	maxSkew = 2 * time.Second
)

// pgSession is what each connection asks of the server: that a process which
// was frozen in a transaction does not keep the others waiting for its locks.
var pgSession = map[string]string{
	"application_name":                    "extendbot",
	"idle_in_transaction_session_timeout": "5000",
}

// isPostgres says whether a URL is for this engine.
func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

func openPG(ctx context.Context, url string, c Config) (_ *pgEngine, err error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The error quotes the URL, with more of it than may be shown.
		return nil, errors.New("the URL is not one that PostgreSQL takes: postgres://<user>:<password>@<host>:<port>/<database>")
	}
	if !strings.Contains(url, "pool_max_conns=") {
		config.MaxConns = pgConnections
	}
	config.MaxConns = max(config.MaxConns, pgFewest)
	configurePool(config)
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
	e.queue, err = e.client(nil)
	return e, err
}

// prepare brings the tables up to date and looks at the server's settings.
func (e *pgEngine) prepare(ctx context.Context) error {
	if err := migratePG(ctx, e.pool, e.config.Serve && !e.config.keepSchema); err != nil {
		return err
	}
	if err := e.warnIfClocksDiffer(ctx); err != nil {
		return err
	}
	return e.warnIfCommitsCanBeLost(ctx)
}

// compareClocks warns of a clock that differs from the database's, and so from
// those of the other processes: they tell by it who may still be at work.
func (e *pgEngine) warnIfClocksDiffer(ctx context.Context) error {
	var theirs time.Time
	asked := e.config.Now()
	if err := e.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return err
	}
	answered := e.config.Now()
	if skew := max(asked.Sub(theirs), theirs.Sub(answered)); skew > maxSkew {
		e.config.Log.WithField("skew", skew.Round(time.Millisecond).String()).
			Warn("the clocks of this machine and of the database's differ: let both follow a time server")
	}
	return nil
}

// client makes a River client: one that only inserts if there are no handlers.
// It listens for due work, and looks for it as well in case it heard nothing.
func (e *pgEngine) client(handle map[order.Work]Handler) (*river.Client[pgx.Tx], error) {
	config, err := riverConfig(e.config, handle)
	if err != nil {
		return nil, err
	}
	config.PollOnly = false
	config.FetchPollInterval = max(e.config.PollEvery, river.FetchPollIntervalDefault)
	return river.NewClient(riverpgxv5.New(e.pool), config)
}

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
	// Two searches with slots of their own: what Slack does not take must not
	// keep an order from being looked after.
	e.orphans = []*orphans{
		watchOrphans(context.WithoutCancel(ctx), e, approvedOrphans(handle[order.WorkPlace])),
		watchOrphans(context.WithoutCancel(ctx), e, overdueMessages(handle[order.WorkReconcile])),
	}
	return nil
}

func (e *pgEngine) stopWork(ctx context.Context) error {
	if e.work == nil {
		return nil
	}
	for _, o := range e.orphans { // before anything else: they would go on taking orders
		o.halt()
	}
	err := stopRiver(ctx, e.work)
	for _, o := range e.orphans {
		err = errors.Join(err, o.wait(ctx))
	}
	e.work, e.orphans = nil, nil
	return err
}

// pgCloseTime is how long connections have to be closed in good order. A server
// that says nothing would keep the program from its end.
const pgCloseTime = 5 * time.Second

var errPGClose = errors.New("the connections to the database could not be closed in time")

func (e *pgEngine) close() error {
	if e.pool == nil {
		return nil
	}
	closed := make(chan struct{})
	go func() { // ends with the process at the latest
		e.pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(pgCloseTime):
		return errPGClose
	}
}

func (*pgEngine) forUpdate() string { return " FOR UPDATE" }
func (*pgEngine) sole() bool        { return false }

// alone implements engine.
func (*pgEngine) alone(ctx context.Context, tx tx, thing string) error {
	_, err := tx.exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", thing)
	return err
}

func (*pgEngine) damage() error { return nil } // the server looks after its own pages

// touch implements engine: a record of nothing in the server's log of changes.
func (*pgEngine) touch() string {
	return "SELECT pg_logical_emit_message(true, 'extendbot', 'ping')"
}
