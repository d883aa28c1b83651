// Package oxhostsim is a 0xhost that runs on this machine.
//
// It serves the four calls that extendbot knows of 0xhost's public API
// (orders/create_order, orders/list_order, info_user, plans/list_plan) over
// real HTTP or HTTPS on the loopback interface, keeps accounts, rented servers
// and a book of charges in memory, and can be told to fail in every way the
// wire can fail: before or after the money has moved.
//
// What it promises:
//
//   - Every create_order that reached it is an [Arrival], whatever became of it.
//   - A [Charge] is booked exactly when money moved; a fault after the charge
//     never takes it back.
//   - A create_order that is not an extension is what the vendor would make of
//     it, another purchase, and is charged. A client that sends a field too
//     many therefore shows up in the charges.
//   - Each answer that carries passwords carries new ones, and [Server.Secrets]
//     knows them all, so that a test can look for them where they must not be.
//
// What it does not know: rate limits, refunds, and anything else that 0xhost
// does not document. Where the documentation leaves a choice (flat or wrapped
// answers, numbers or strings, page size and order of list_order, names of
// order types) the choice is a setting: see [Form] and [Listing].
package oxhostsim
