// Package leases knows until when servers are rented, and reminds people before a server
// runs out.
//
// It promises that each threshold before the end of a known lease gets its reminder, across
// restarts and on any number of replicas, and gets it twice only if the process, or the
// answer to the post, is lost between the post and its record.
//
// It does not know Slack, HTTP or SQL: messages are posted by a [Poster], and what has to
// survive a restart is in a [Store].
package leases
