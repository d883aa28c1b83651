// Package ledgerfill fills a ledger with the orders of years, in a minute, to measure
// what a large ledger costs and to test what needs many orders.
//
// Each order has the rows that the program would have written, with a valid chain of
// hashes; the outcomes have the shares that a team may have; all orders are finished,
// and the queue has the finished work of a busy day. Two fills of the same plan differ
// only in the ids.
//
// It writes without the ledger, so nothing may serve from the database meanwhile, and
// a crash leaves a database that is useless.
package ledgerfill
