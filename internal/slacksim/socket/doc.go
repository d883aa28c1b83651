// Package socket is Slack's side of Socket Mode: the WebSocket connections of
// one app, and the envelopes that are sent over them.
//
// A [Hub] issues tickets, accepts connections, sends hello and pings, sends each
// envelope over one connection, waits three seconds for its ack, and closes
// connections as Slack does. With [Conn], a test can break one.
//
// It does not know the workspace and does not look into the payloads that it
// delivers.
// https://docs.slack.dev/apis/events-api/using-socket-mode
package socket
