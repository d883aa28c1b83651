// Package ledgerfill gives a ledger the past of a team that has ordered for
// years, in a minute instead of years, to measure what the size of a ledger costs.
//
// It promises that each order has the rows that the program would have written,
// with a chain of hashes that holds, in the shares of outcomes that a team may
// have; that all of them came to their end; and that the queue has the finished
// work of a busy day. Two fills of the same plan differ only in the ids.
//
// It writes past the ledger, so nothing may serve from it meanwhile, and a crash
// leaves a database that is good for nothing.
package ledgerfill
