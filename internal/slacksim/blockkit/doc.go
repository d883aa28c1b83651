// Package blockkit checks and reads Block Kit as Slack does: the blocks of
// messages, modals and Home tabs.
//
// [Check] returns what Slack would refuse, for tests. [Parse] and [ParseView] do
// the same for a simulated Slack and fill in missing ids. The limits are those
// of https://docs.slack.dev/reference/block-kit. The messages and JSON pointers
// of an [Error] look like Slack's.
//
// The package knows the classic blocks and their elements completely. For newer
// kinds of blocks it knows only the surfaces on which they are allowed.
package blockkit
