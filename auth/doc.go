// Package auth decides who may extend which server, which 0xhost account pays
// for it, who has to approve an order, and who may settle an order whose outcome is
// unknown. It knows which limits there are, and not what is left of them.
//
// Every decision is made here, on the rules and the members of their groups as they
// are at the time of the call. The answer is no if the rules cannot be read, and if it
// depends on a group whose members are not known. A [Policy] implements
// [order.Policy]: Grant for a request, MayApprove and MayDecline for a press, Judge
// before each send, MaySee and MaySettle. The decisions themselves are in
// decisions.go, entries.go and approvals.go; each has its reason in words. [Rules.Explain]
// shows the same decisions to the person who writes the rules.
//
// A mistake in the rules quotes nothing of them; it only says where it is.
//
// The terms of this package:
//
//   - Rules come from settings or from a file; see [NewRules] and [OpenRules].
//   - A [Policy] is the rules bound to one Slack workspace.
//   - A ruleset is the content of the rules at one moment.
//   - A moment is a ruleset and the members of its groups.
//   - An entry is what one person, or the members of a group, may order.
//   - A rule is an approval rule: who has to say yes to which orders.
//
// Rules have two forms. The short form is three settings, which
// [ParseAllowlist], [ParseServers] and [ParseAdmins] parse. The other form is a
// YAML file, which [OpenRules] opens and reads again whenever it changes.
//
// The package knows only the format of Slack's and 0xhost's ids. It does not
// know settings or logs.
package auth
