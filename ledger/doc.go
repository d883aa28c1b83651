// Package ledger stores the orders, their history and their due work, on SQLite
// or PostgreSQL.
//
// Each change of an order is one compare-and-swap. It is committed together with
// a row of history, to which rows can only be added, and with the due work that
// follows from it. At most one order for a server is approved, being placed or
// of unknown outcome. A change whose [order.Entry] is Durable has reached
// the disk when it returns.
//
// The package does not know Slack, the host, or what due work does: the caller
// passes the handlers to [Ledger.Work].
//
// The SQL is the same for both databases. What differs is behind the interface
// engine, in the files sqlite_* and pg_*. The columns of all tables are listed
// in columns.go.
package ledger
