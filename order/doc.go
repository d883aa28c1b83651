// Package order is the domain of extendbot: what an order is, which states it
// can have, and the Desk that takes a request from the command to its outcome.
//
// One approval leads to at most one call of the [Host]. Every change of an order
// is one transition of the table in state.go, and the [Ledger] commits it before
// anybody is told. A lost answer is recorded as [Unknown], and its order is
// never sent again.
//
// The package does not know Slack, HTTP or SQL: people, channels and accounts
// are opaque strings. What it needs from outside is declared as the small
// interfaces [Ledger], [Policy], [Host], [HostOrders] and [Baselines].
package order
