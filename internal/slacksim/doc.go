// Package slacksim is a Slack that runs on this machine: one workspace, one
// installed app, its Socket Mode connections, its Web API and the people who use
// it. Tests, the demo, benchmarks and crash tests start it on 127.0.0.1 and point
// the real bot at it.
//
// It promises the protocol as Slack documents it, over real HTTP and WebSocket:
// tickets, hello, pings, envelopes on one connection each with a three-second
// clock, acks with payloads, tokens of the right kind with the right scopes, the
// limits of Block Kit and Slack's own error codes. Everything that goes wrong at
// Slack can be made to go wrong here, on demand and for a counted number of times.
//
// It does not know the bot: no command, action or text is special to it. It keeps
// everything in memory, draws nothing, serves one workspace, and does not decide
// who may do what in a channel beyond membership, archiving and read-only. Where
// Slack's documents are silent or contradict each other, a comment says which
// behaviour was chosen.
//
// A [Server] is safe for use by many goroutines.
package slacksim
