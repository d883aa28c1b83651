// Package crash marks the points at which tests kill the program.
//
// Built with the tag crashpoints, the program kills itself with SIGKILL at the
// point named in the environment, or stops itself there with SIGSTOP until it
// gets a SIGCONT. Without the tag, as in every release, a point compiles to
// nothing and no variable is read.
//
// Nothing runs after the point at which the process dies: no deferred call, no
// handler, no flush. While the process is stopped at a point, nothing runs. The
// package does not know what the points mean.
package crash
