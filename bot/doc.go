// Package bot is extendbot's side towards Slack: it reads commands and clicks
// from Socket Mode, hands them to the desk of package order, and keeps card,
// thread and App Home in line with what the ledger says.
//
// It promises that every envelope gets one answer within Slack's three
// seconds, that a click is acknowledged only after it was committed, that what
// came from outside cannot mention, format or break anything in a message, and
// that every message stays within Slack's limits.
//
// It does not know who may spend what, how an order is placed or where it is
// kept: those answers come through package order.
package bot
