// Package bot is the Slack app: it reads commands and clicks from Socket Mode,
// passes them to the Desk of package order, and keeps card, thread and App Home
// in line with the ledger.
//
// Every envelope is answered within Slack's three seconds, and a click is
// acknowledged only after it was committed.
//
// The package does not know who may spend what, how an order is placed or where
// it is stored; package order does. Texts come from bot/message, and calls of
// Slack's Web API go through bot/slackapi.
//
// The path of an envelope: a [socket] receives it from a connection and passes
// it to the intake, which assigns a worker. A handler decides, commits and acks.
// The same goroutine then does the rest: it places the order and shows the
// result. If that fails, due work does it.
package bot
