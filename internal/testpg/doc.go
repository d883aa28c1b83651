//go:build unix

// Package testpg provides PostgreSQL, version 13 or later, to tests.
//
// [Database] is an empty database on a server that all tests of the process share,
// [Template] makes databases that already have tables. The server is the one of
// TEST_DATABASE_URL if it is set, else a throwaway cluster of the binaries that are
// installed here. [Start] is a cluster for one test, which may stop, crash and
// disconnect it; [Launch] is the same outside of a test.
//
// Nothing stays behind: a database goes with its test, and a cluster and its folder
// with the process, even if that is killed. A cluster listens on a port of 127.0.0.1
// that the kernel picks, has a random password, and runs as another user if the
// tests run as root.
//
// Without PostgreSQL a test that needs it is skipped and says why; with CI=true it
// fails.
package testpg
