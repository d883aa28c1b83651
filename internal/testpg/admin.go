package testpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// createDatabase makes an empty database on the server of a URL and gives its
// name. template0 is never in use, so that many may do this at once.
func createDatabase(ctx context.Context, admin string) (string, error) {
	name := "extendbot_test_" + strings.ToLower(rand.Text())
	_, err := execute(ctx, admin, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'")
	if err != nil {
		return "", fmt.Errorf("create a database: %w", err)
	}
	return name, nil
}

// dropDatabase removes a database with whoever is still connected to it.
func dropDatabase(ctx context.Context, admin, name string) error {
	_, err := execute(ctx, admin, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	if err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// cutConnections ends all connections of clients but its own.
func cutConnections(ctx context.Context, admin string) (int, error) {
	n, err := execute(ctx, admin, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
	if err != nil {
		return 0, fmt.Errorf("cut connections: %w", err)
	}
	return n, nil
}

// execute runs one statement on a connection of its own, and gives the number of
// rows that it touched.
func execute(ctx context.Context, where, statement string) (n int, err error) {
	conn, err := pgx.Connect(ctx, where)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	tag, err := conn.Exec(ctx, statement)
	if err != nil {
		return 0, err
	}
	return int(tag.RowsAffected()), nil
}

// askAgain is how often a server that starts is asked whether it is ready.
const askAgain = 20 * time.Millisecond

// awaitServer waits until the server of a URL takes connections. It gives up when
// gone is closed; a nil gone never is.
func awaitServer(ctx context.Context, where string, gone <-chan struct{}) error {
	for {
		_, err := execute(ctx, where, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-gone:
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", errors.Join(context.Cause(ctx), err))
		case <-time.After(askAgain):
		}
	}
}
