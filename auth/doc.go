// Package auth says who may extend which server, which 0xhost account pays for
// it, who may decide an order, and who may settle one whose outcome is unknown.
//
// It promises that nobody gets a yes who is not on the list as it stands at
// the moment of the question: a list that cannot be read, another workspace or
// an account that changed since are all a no. [Policy.MayDecide] is the one
// place through which every decision passes, [Policy.MaySettle] the one for
// what people find out later. No error of this package repeats
// what the list says, only where it is wrong.
//
// The list comes in two forms: the short one, three settings that are read
// with [ParseAllowlist], [ParseServers] and [ParseAdmins], and a file, opened
// with [OpenRules] and read again whenever it changes.
//
// It knows neither Slack nor 0xhost beyond the shape of their ids, and nothing
// of settings or logs.
package auth
