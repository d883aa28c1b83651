// Package socket is Slack's side of Socket Mode: the WebSocket connections of one
// app, and the envelopes that go over them.
//
// A [Hub] gives out tickets, accepts connections, says hello, pings, hands each
// envelope to one connection, waits three seconds for its ack, and closes
// connections as Slack does. [Conn] has what a test needs to break one.
//
// It knows nothing of the workspace and does not look into the payloads that it
// delivers.
// https://docs.slack.dev/apis/events-api/using-socket-mode
package socket
