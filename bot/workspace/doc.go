// Package workspace knows whom the bot serves: the workspace, the organization and the
// app. It decides whether a payload is for this bot, who sent it, and whether the
// message that somebody clicked is provably the bot's own about that order.
//
// It does not know what people may do: that is the policy. It calls nothing.
package workspace
