// Package chaos kills the program and checks what it left behind.
//
// Its tests build the real binary with the crash points of internal/crash, and run
// it as a process against a Slack and a 0xhost on this machine. They kill it at
// every crash point and at random times, start it again on the same database, wait
// until all orders are settled, and compare the ledger with the charges of 0xhost,
// with what Slack shows, and with what people were told.
//
// On PostgreSQL there are several replicas of it, which are frozen as well, while
// the database restarts, crashes and loses its connections.
//
// The tests have the build tag chaos. "make chaos-short" runs the short form, which
// is part of .ci/run, and "make chaos" the long form:
//
//	CHAOS_ROUNDS    the least number of rounds of mixed traffic
//	CHAOS_TIME      the least time that these rounds take
//	CHAOS_REPLICAS  the least time of the rounds with three replicas
//	CHAOS_SEED      the seed that an earlier run printed, to repeat its choices
//	CHAOS_POINTS    "all": kill at every crash point each time that it is reached
//
// A seed repeats the choices of the test, not the machine's scheduling.
//
// The package knows of the program only its command line, its settings, its log of
// refused clicks and its ledger.
package chaos
