// Package oxhostsim is a simulated 0xhost that runs on this machine.
//
// It serves the four calls of 0xhost's public API that extendbot knows
// (orders/create_order, orders/list_order, info_user, plans/list_plan) over real
// HTTP or HTTPS on the loopback interface. It keeps accounts, rented servers,
// orders and charges in memory, and can be told to fail in every way in which a
// connection or an answer can fail, before or after the charge.
//
// It promises:
//
//   - Every create_order that reached it is an [Arrival], whatever happened to it.
//   - There is a [Charge] exactly when money moved. A fault after the charge does
//     not undo it.
//   - A create_order that is not an extension is treated as 0xhost would, as another
//     purchase, and charged. So a client that sends one field too many shows up in
//     the charges.
//   - Every answer that contains passwords contains new ones, and [Server.Secrets]
//     returns all of them, so that a test can search for them where they must not
//     appear.
//
// It has no rate limits, no refunds and nothing else that 0xhost does not
// document. Where the documentation leaves a choice (flat or wrapped answers,
// numbers or strings, page size and order of list_order, names of order types),
// the choice is a setting: see [Form] and [Listing].
package oxhostsim
