// Package ordertest helps to test ledgers and the code that uses them.
//
// [TestLedger] is the conformance suite for ledgers. The databases pass it, and
// so does [Ledger], an in-memory ledger for tests of the Desk and of the bot.
// [Sample], [Create] and [Step] make orders to test with.
package ordertest
