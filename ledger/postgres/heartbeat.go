package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/sirupsen/logrus"
)

// Heartbeat keeps the row of this process in the table processes up to date, so
// that other processes take over its orders soon after it died, and not before.
// All times are those of the database's clock, so the clocks of the machines do
// not matter.
type Heartbeat struct {
	id   string
	log  logrus.FieldLogger
	pool *pgxpool.Pool      // one connection, so that a renewal never waits for other work
	end  context.CancelFunc // ends the renewals
	done sync.WaitGroup
}

const (
	// aliveFor is how long a process counts as alive after it last recorded that.
	aliveFor = 6 * time.Second
	// renewEvery is how often a process records that it is alive, and renewAgain the
	// pause after it could not.
	renewEvery = 2 * time.Second
	renewAgain = 500 * time.Millisecond
	// undisturbed is how long a process must have been alive without a gap before it
	// considers another one dead. A gap begins when less than that is left of its own
	// aliveFor. After an outage of the database, or a jump of its clock, all processes
	// are late, and this is the time in which they record that they are alive.
	undisturbed = 3 * time.Second
	// keepDead is how long the row of a dead process is kept. It is longer than any
	// claim, because a process without a row does not count as dead.
	keepDead = 24 * time.Hour
)

var (
	renewRow = fmt.Sprintf("INSERT INTO processes (id, alive_since, alive_until) VALUES ($1, now(), now() + %s)"+
		" ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until, alive_since ="+
		" CASE WHEN processes.alive_until < now() + %s THEN now() ELSE processes.alive_since END",
		interval(aliveFor), interval(undisturbed))
	endRow       = "UPDATE processes SET alive_until = now() WHERE id = $1"
	removeOldRow = "DELETE FROM processes WHERE alive_until < now() - " + interval(keepDead)

	// SelectDead has a parameter: the id of this process. It finds nothing unless this
	// process was undisturbed.
	SelectDead = "SELECT dead.id FROM processes dead, processes self WHERE dead.alive_until < now() AND self.id = %s" +
		" AND self.alive_since < now() - " + interval(undisturbed) + " AND self.alive_until > now() + " + interval(undisturbed)
)

// interval returns a duration as PostgreSQL writes it.
func interval(d time.Duration) string {
	return fmt.Sprintf("interval '%d milliseconds'", d.Milliseconds())
}

// StartHeartbeat records that this process is alive, and keeps doing so until
// [Heartbeat.Close].
func StartHeartbeat(ctx context.Context, id string, config *pgxpool.Config, log logrus.FieldLogger) (*Heartbeat, error) {
	config.MinConns, config.MinIdleConns, config.MaxConns = 0, 0, 1
	// A renewal that is lost in a crash of the server is made again.
	config.AfterConnect = nil
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	h := &Heartbeat{id: id, log: log, pool: pool}
	if err := h.exec(ctx, removeOldRow); err != nil {
		pool.Close()
		return nil, err
	}
	if err := h.exec(ctx, renewRow, id); err != nil {
		pool.Close()
		return nil, err
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	h.end = end
	h.done.Go(func() { h.run(running) })
	return h, nil
}

func (h *Heartbeat) run(ctx context.Context) {
	last := time.Now()
	for pause := renewEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if err := h.exec(ctx, renewRow, h.id); err != nil {
			h.pool.Reset() // a server that became a standby keeps its connections
			h.log.WithError(err).Debug("it could not be recorded that this process is alive")
			pause = renewAgain
			continue
		}
		if gap := time.Since(last); gap > aliveFor {
			h.log.WithField("gap", gap.Round(time.Millisecond).String()).
				Warn("this process was paused, or without its database, for so long that others may have taken over its orders")
		}
		last, pause = time.Now(), renewEvery
	}
}

// Stop ends the renewals, so that this process soon counts as dead.
func (h *Heartbeat) Stop() {
	h.end()
	h.done.Wait()
}

// Close records that this process has ended, so that others take over at once what
// it left. It takes no longer than a renewal.
func (h *Heartbeat) Close() {
	h.Stop()
	if err := h.exec(context.Background(), endRow, h.id); err != nil {
		h.log.WithError(err).Debug("it could not be recorded that this process has ended")
	}
	h.pool.Close()
}

func (h *Heartbeat) exec(ctx context.Context, query string, args ...any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, renewEvery, ErrSlow)
	defer cancel()
	_, err := h.pool.Exec(ctx, query, args...)
	return err
}
