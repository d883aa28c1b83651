// Package oxhost is a client of the 0xhost API, as far as extendbot needs it.
//
// One call spends money, [Client.ExtendServer]; for that one it promises:
//
//   - The request is sent at most once per call: no retries, no redirects, no
//     replay by net/http, no idle connection that may die under it.
//   - Its error is an [order.PlaceError] whose verdict is order.NeverSent only
//     if provably not a byte of the request was written, and
//     order.UnknownOutcome whenever there is doubt. verdict.go is the whole table.
//   - It sells an extension or nothing: the body has exactly user_id, server_id
//     and hours.
//
// The other calls only read and may be repeated.
//
// 0xhost answers with passwords in clear (password, server_status.metadata).
// They are decoded into nothing. Neither a body, nor the API key, nor a URL's
// query is ever part of an error.
//
// The package does not know orders' lives, Slack or the database, does not
// decide whether to try again, and does not know the currency, which
// create_order does not tell.
package oxhost
