// Package oxhost is a client for the calls of the 0xhost API that extendbot
// needs.
//
// One call spends money: [Client.ExtendServer]. For that call, the package
// promises:
//
//   - The request is sent at most once per call: no retries, no redirects, no
//     replay by net/http, and no idle connection that 0xhost may be closing.
//   - Its error is an [order.PlaceError]. The verdict is [order.NeverSent] only if
//     it is certain that no byte of the request was written, [order.Throttled] if
//     0xhost answered 429, and [order.UnknownOutcome] if there is any doubt. The
//     comment in verdict.go is the complete table.
//   - It buys an extension or nothing: the body has exactly user_id, server_id
//     and hours.
//
// The other calls only read and may be repeated.
//
// 0xhost's answers contain passwords in plain text (password and
// server_status.metadata). They are never decoded. No error contains a body, the
// API key or the query of a URL.
//
// To use one more field of create_order's answer, add it in receipt.go.
//
// The package does not know the states of an order, Slack or the database. It
// does not decide whether to try again, and it does not know the currency, which
// create_order does not return.
package oxhost
