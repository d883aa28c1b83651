// Package postgres knows how the ledger uses a PostgreSQL server: how it connects, how
// it notices that a peer is gone, what the server's errors mean and what a person can
// do about them, and how processes that share a database see which of them are alive.
//
// It does not know orders, and neither reads nor writes any table but processes.
package postgres
