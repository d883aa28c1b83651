// Package message turns orders and views into what people read in Slack: the
// card, the messages in its thread, the question to the admins, refusals, usage
// texts and the App Home.
//
// Its functions are pure. They promise that nothing that came from outside can
// mention, format or break anything, that every message stays within Slack's
// limits, and that every message also reads without its blocks.
//
// It knows neither the bot nor Slack's Web API.
package message
