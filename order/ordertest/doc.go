// Package ordertest helps to test what stores orders and what uses that store.
//
// [TestLedger] is the conformance suite of ledgers, which the databases pass as well
// as [Ledger], the ledger in memory for tests of the Desk and of the bot. [Sample],
// [Create] and [Step] make orders to test with.
package ordertest
