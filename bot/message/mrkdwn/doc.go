// Package mrkdwn makes text from outside safe for Slack's formats, mrkdwn and
// plain_text: it cannot mention anyone, add a link or other markup, or break the
// text around it. It also shortens finished markup without splitting a token.
//
// Its functions are pure. The package knows neither orders nor what messages say.
package mrkdwn
