// Package ledgerfill fills a ledger, within a minute, with the orders of several
// years, to measure large ledgers and for tests that need many orders.
//
// Each order has the rows that the program would have written, with a valid
// chain of hashes. The shares of the outcomes are realistic, all orders are
// finished, and the queue has the finished work of a busy day. Two fills of the
// same plan differ only in the ids.
//
// It writes to the database directly, so no process may serve the ledger at the
// same time, and a crash leaves a useless database.
package ledgerfill
