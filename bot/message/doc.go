// Package message turns orders and views into what people read in Slack: the
// card, the messages in its thread, the question to the admins, refusals, usage
// texts and the App Home.
//
// Its functions are pure. Text from outside cannot mention anyone, add markup or
// break a message. Every message stays within Slack's limits and can also be
// read without its blocks.
//
// The package does not know the bot or Slack's Web API.
package message
