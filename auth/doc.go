// Package auth decides who may extend which server, which 0xhost account pays
// for it, who may decide an order, and who may settle an order whose outcome is
// unknown.
//
// Only people who are on the allowlist at the time of the call are allowed
// anything. The answer is no if the allowlist cannot be read, if the person
// belongs to another workspace, or if the account has changed since the request.
// Every decision goes through [Policy.MayApprove] or [Policy.MayDecline], every send
// through [Policy.Judge], and every settlement of an unknown outcome through
// [Policy.MaySettle]. No error of this package quotes
// the rules; it only says where the mistake is.
//
// The terms of this package:
//
//   - Rules come from settings or from a file; see [NewRules] and [OpenRules].
//   - A [Policy] is the rules bound to one Slack workspace. It implements
//     [order.Policy].
//   - A ruleset is the content of the rules at one moment.
//
// Rules have two forms. The short form is three settings, which
// [ParseAllowlist], [ParseServers] and [ParseAdmins] parse. The other form is a
// YAML file, which [OpenRules] opens and reads again whenever it changes.
//
// The package knows only the format of Slack's and 0xhost's ids. It does not
// know settings or logs.
package auth
