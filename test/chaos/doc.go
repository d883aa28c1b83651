// Package chaos kills the program and looks at what it left behind.
//
// Its tests build the real binary, with the crash points of internal/crash in
// it, and run it as a process of its own against a Slack and a 0xhost on this
// machine. They kill it at every crash point and at random times, start it
// again on the same database, wait until all orders are settled, and hold the
// ledger against the books of 0xhost, against what Slack shows and against
// what people were told.
//
// On PostgreSQL there are several replicas of it, which are also frozen, while
// the database restarts, crashes and loses its connections.
//
// The short form is part of all tests. The long form is "make chaos":
//
//	CHAOS_ROUNDS    how many rounds of mixed traffic there are, at least
//	CHAOS_TIME      how long they go on, at least
//	CHAOS_REPLICAS  how long three replicas are in trouble, at least
//	CHAOS_SEED      what to repeat: the seed that an earlier run printed
//	CHAOS_POINTS    "all": every crash point each time that it is reached
//
// A seed repeats the choices of the test and not the machine's scheduling.
//
// The package promises nothing to other packages, and knows of the program
// only its command line, its settings and its ledger.
package chaos
