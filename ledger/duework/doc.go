// Package duework is the queue of due work: what has to be done for an order at a
// time, in River's tables of the ledger's database. It decides how work is stored,
// tried again and given back after its process died, and notices when a clock by which
// work is scheduled is set back.
//
// It does not know the ledger's tables, nor what the work does.
package duework
