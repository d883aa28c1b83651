// Package bot is the Slack app: it reads commands and clicks from Socket Mode,
// hands them to the Desk of package order, and reconciles card, thread and App
// Home with the ledger.
//
// It promises that every envelope is answered within Slack's three seconds and
// that a click is acknowledged only after it was committed.
//
// It does not know who may spend what, how an order is placed or where it is
// kept: those answers come through package order. What people read is made in
// bot/message; Slack's Web API is called by bot/slackapi.
//
// One envelope's way: a [socket] takes it from a connection and hands it to the
// intake, which gives it a worker. The handlers decide, commit and ack it. What
// is left to do after the ack, placing the order and showing what became of it,
// is done by the same goroutine and, should that fail, by due work.
package bot
