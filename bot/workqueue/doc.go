// Package workqueue does the bot's work in memory. A [Queue] runs a limited number of
// pieces of work at once, tries again what failed, and lets channels take turns.
// [Inflight] knows what is running, and lets it finish when the bot stops.
//
// It does not know what the work is, and does not survive the process: what must not
// be lost is also due work in the ledger.
package workqueue
