// Package order is the domain of extendbot: what an order is, which states it
// may go through, and the Desk that takes a request from the command to its
// outcome.
//
// It promises that one approval leads to at most one call of the [Host], that
// every change of an order is one transition of the table in state.go, committed
// by the [Ledger] before anybody is told, and that a lost answer is recorded as
// [Unknown] and never sent again.
//
// It knows neither Slack, HTTP nor SQL: people, channels and accounts are opaque
// strings here. What it needs from outside it declares as the small interfaces
// [Ledger], [Policy], [Host], [HostOrders] and [Baselines].
package order
