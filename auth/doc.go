// Package auth decides who may extend which server, which 0xhost account pays
// for it, who may decide an order, and who may settle an order whose outcome is
// unknown.
//
// It promises that only people who are on the allowlist at the moment of the
// question are allowed anything. An allowlist that cannot be read, a person of
// another workspace, or an account that has changed since the request all mean
// no. Every decision passes through [Policy.MayDecide], and every settlement of
// an unknown outcome through [Policy.MaySettle]. No error of this package
// quotes the rules; it only names the place of the mistake.
//
// The words of this package:
//
//   - Rules come from settings or from a file; see [NewRules] and [OpenRules].
//   - A [Policy] is the rules bound to one Slack workspace. It implements
//     [order.Policy].
//   - A ruleset is what the rules say at one moment.
//
// Rules have two forms. The short form is three settings, which [ParseAllowlist],
// [ParseServers] and [ParseAdmins] read. The other is a YAML file, which
// [OpenRules] opens and reads again whenever it changes.
//
// The package knows nothing of Slack and 0xhost except the format of their ids,
// and nothing of settings and logs.
package auth
