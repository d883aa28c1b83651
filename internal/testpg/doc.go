//go:build unix

// Package testpg provides PostgreSQL, version 13 or later, to tests.
//
// [Database] returns an empty database on a server that all tests of the process
// share; [Template] creates databases that already have tables. The server is
// the one in TEST_DATABASE_URL if that is set, otherwise a throwaway cluster
// from the installed binaries. [Start] starts a cluster for one test, which may
// stop, crash and disconnect it; [Launch] does the same outside of a test.
//
// Nothing is left behind: a database is dropped at the end of its test, and a
// cluster and its folder are removed with the process, even if it is killed. A
// cluster listens on a port of 127.0.0.1 that the kernel picks, has a random
// password, and runs as another user if the tests run as root.
//
// Without PostgreSQL, a test that needs it is skipped and says why. With CI=true
// it fails.
package testpg
