// Package slacksim is a simulated Slack that runs on this machine: one
// workspace, one installed app, its Socket Mode connections, its Web API, and
// the people who use it. Tests, the demo and the benchmarks start it on
// 127.0.0.1 and connect the real bot to it.
//
// It implements the protocol that Slack documents, over real HTTP and WebSocket:
// tickets, hello, pings, envelopes with a three-second limit for their ack, acks
// with payloads, tokens of the right kind with the right scopes, the limits of
// Block Kit, and Slack's error codes. Everything that can go wrong at Slack can
// be made to go wrong here, a given number of times.
//
// It does not know the bot: it treats no command, action or text specially. It
// keeps everything in memory, has no user interface, and serves one workspace.
// Of the rules of a channel it knows only membership, archiving and read-only.
// Where Slack's documentation is missing or contradictory, a comment says what
// was chosen.
//
// Package blockkit checks blocks; package socket has the connections; package
// request reads the calls of the Web API. This package has the workspace
// (workspace.go, messages.go, views.go, …), the methods of the Web API
// (webapi_*.go, listed in webapi.go), and what people can do (user_*.go).
package slacksim
