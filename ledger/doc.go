// Package ledger keeps the orders, their history and their due work, on SQLite
// or PostgreSQL.
//
// It promises that each change of an order is one compare-and-swap, committed
// together with a row of history that can only be added and with the due work
// that follows from it; that at most one order of a server is approved, being
// placed or of unknown outcome; and that a change to a [order.State] that is
// Durable has reached the disk when it returns.
//
// It knows neither Slack nor the host, and not what due work does: the caller
// passes the handlers to [Ledger.Work].
//
// The SQL is the same for both databases. What differs is behind the interface
// engine, in the files sqlite_* and pg_*. The columns of all tables are listed in
// columns.go.
package ledger
