// Package order is the domain of extendbot: what an order is, which states it
// may go through, and the Desk that takes a request from its first word to its
// verdict.
//
// It promises that one approval leads to at most one call of the [Host], that
// every change of an order is one step of the table in state.go, committed by
// the [Ledger] before anybody is told of it, and that a lost answer is recorded
// as [Unknown] and never sent again.
//
// It knows neither Slack, HTTP nor SQL: people, places and accounts are opaque
// words here, and all that it needs of the world it declares as the small
// interfaces [Ledger], [Policy], [Host], [Books] and [Notes].
package order
