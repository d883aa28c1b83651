// Package crash marks the places at which tests kill the program.
//
// Built with the tag crashpoints, the program kills itself with SIGKILL at the
// point that the environment names, or freezes itself there with SIGSTOP until
// somebody lets it go on. Without the tag, which is how it is built for use, a
// point is nothing at all: no code, no name, no variable is read.
//
// It promises that nothing runs behind the point at which the process dies: no
// deferred call, no handler, no flush. Where it is frozen nothing runs before it
// goes on. It does not know what the points mean.
package crash
