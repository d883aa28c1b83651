// Package chaos kills the program and checks what it left behind.
//
// Its tests build the real binary with the crash points of internal/crash, and
// run it as a process against a simulated Slack and 0xhost on this machine. They
// kill it at every crash point and at random times, restart it on the same
// database, wait until all orders are settled, and compare the ledger with the
// charges of 0xhost, with what Slack shows, and with the messages that people
// got.
//
// On PostgreSQL there are several replicas, which are also frozen, while the
// database restarts, crashes and loses its connections.
//
// In rounds of traffic the policy has limits, which are raised little by little, so that
// they stop some of what people ask for and press. The checks compare them with what the
// ledger counted and with what 0xhost charged.
//
// In some rounds there is trouble: several kinds of calls of Slack and 0xhost fail
// for a while, each in its own way. The checks then compare what people learned,
// and when, with what could be shown to them.
//
// The tests have the build tag chaos. "make chaos-short" runs the short form,
// which is part of .ci/run, and "make chaos" the long form:
//
//	CHAOS_ROUNDS    the minimum number of rounds of mixed traffic
//	CHAOS_TIME      the minimum time for these rounds
//	CHAOS_REPLICAS  the minimum time for the rounds with three replicas
//	CHAOS_SEED      the seed that an earlier run printed, to repeat its choices
//	CHAOS_POINTS    "all": kill at every crash point each time that it is reached
//
// A seed repeats the choices of the test, not the machine's scheduling.
//
// Of the program, the package knows only its command line, its settings, its log
// of refused clicks, its ledger, and how its messages begin.
package chaos
