package ledgerfill

import (
	"context"

	"github.com/jackc/pgx/v5"

	"extendbot/ledger"
)

type postgres struct{ conn *pgx.Conn }

func openPostgres(ctx context.Context, url string) (target, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	p := postgres{conn}
	return p, p.all(ctx, "SET synchronous_commit = off")
}

func (p postgres) all(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := p.conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// write implements target.
func (p postgres) write(ctx context.Context, rows batch) error {
	if _, err := p.conn.CopyFrom(ctx, pgx.Identifier{"orders"}, ledger.OrderColumns(), pgx.CopyFromRows(rows.orders)); err != nil {
		return err
	}
	_, err := p.conn.CopyFrom(ctx, pgx.Identifier{"history"}, ledger.HistoryColumns(), pgx.CopyFromRows(rows.history))
	return err
}

// pgJobs inserts finished pieces of work from the last day.
const pgJobs = `INSERT INTO river_job
	(args, attempt, attempted_at, attempted_by, created_at, finalized_at, kind, max_attempts, scheduled_at, queue, state)
SELECT jsonb_build_object('Order', (SELECT max(id) FROM orders)), 1, at, ARRAY['process'], at, at,
	CASE n % 3 WHEN 0 THEN 'extendbot_place' ELSE 'extendbot_tend' END, 32000, at,
	CASE n % 3 WHEN 0 THEN 'placing' ELSE 'default' END, 'completed'
FROM (SELECT n, now() - n * interval '1 hour' * 20 / $1::float8 AS at FROM generate_series(1, $1::bigint) n) jobs`

// jobs implements target.
func (p postgres) jobs(ctx context.Context, plan Plan) error {
	if plan.Jobs == 0 {
		return nil
	}
	_, err := p.conn.Exec(ctx, pgJobs, plan.Jobs)
	return err
}

// finish implements target. It does what autovacuum does in the background.
func (p postgres) finish(ctx context.Context) error {
	return p.all(ctx, "VACUUM (ANALYZE) orders", "VACUUM (ANALYZE) history", "VACUUM (ANALYZE) river_job", "CHECKPOINT")
}

// close implements target.
func (p postgres) close(ctx context.Context) error { return p.conn.Close(ctx) }
