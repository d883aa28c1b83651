// Package testpg gives PostgreSQL to tests, wherever they run.
//
// [Database] is a fresh, empty database on a server that all tests of the process
// share. That server is the one of TEST_DATABASE_URL if it is set; else a
// throwaway cluster of the server's binaries on this machine; else a container.
// [Start] is a cluster of a test's own, which it may stop, crash and cut off;
// [Launch] is the same without a test around it. The server has to be version 13
// or later.
//
// It promises that nothing stays: a database goes with its test, a cluster with
// its process and its folder goes with the test or at [Stop], and also when the
// test process is killed. A cluster listens on 127.0.0.1 only, with a password of
// its own, and as another user if the tests run as root.
//
// Where no PostgreSQL can be had, a test that needs one is skipped and says what
// was tried; under CI=true it fails.
//
// It knows nothing of the program's tables.
package testpg
