package slackapi

import (
	"context"
	"net/url"
	"strings"

	"github.com/slack-go/slack"
)

// methodRespond stands for a response_url where other calls have their method.
const methodRespond = "response_url"

// codeNotSlack is the code of an error for a response_url that does not lead to
// Slack.
const codeNotSlack = "not_slack"

// Respond answers through a response_url, in a thread unless that is "": Slack itself
// answers in the channel, also if the button that was pressed is in a thread. Only the person
// sees the answer. A URL that does not lead to Slack is not called; the error's code is then
// "not_slack", and its class ClassOther.
//
// https://docs.slack.dev/interactivity/handling-user-interaction
func (c *Client) Respond(ctx context.Context, responseURL, thread string, m Message) error {
	return c.respond(ctx, responseURL, m, slack.MsgOptionResponseURL(responseURL, slack.ResponseTypeEphemeral), slack.MsgOptionTS(thread))
}

// Replace answers through a response_url in the place of the message whose button was
// pressed, and otherwise does what [Client.Respond] does.
func (c *Client) Replace(ctx context.Context, responseURL string, m Message) error {
	return c.respond(ctx, responseURL, m, slack.MsgOptionReplaceOriginal(responseURL))
}

// Remove removes the message whose button was pressed, through its response_url.
func (c *Client) Remove(ctx context.Context, responseURL string) error {
	return c.respond(ctx, responseURL, Message{}, slack.MsgOptionDeleteOriginal(responseURL))
}

func (c *Client) respond(ctx context.Context, responseURL string, m Message, how ...slack.MsgOption) error {
	if !c.leadsToSlack(responseURL) {
		c.warnNotSlack.Do(func() {
			c.cfg.Log.Warn("a response_url does not lead to slack and is not used; people are answered in other ways")
		})
		return &Error{Method: methodRespond, Code: codeNotSlack, Class: ClassOther}
	}
	return orPlain(m, func(m Message) error {
		return c.call(ctx, methodRespond, responseURL, true, func(ctx context.Context) error {
			options := append(m.options(), how...)
			_, _, _, err := c.api.SendMessageContext(ctx, "", options...)
			return err
		})
	})
}

// leadsToSlack reports whether a response_url leads to a host of Slack over
// HTTPS, or to the host of Config.APIURL, which may be a simulated Slack. Whoever
// can make the bot call another host learns what it answers to people, and reaches
// hosts that only the bot can reach.
func (c *Client) leadsToSlack(responseURL string) bool {
	u, err := url.Parse(responseURL)
	if err != nil || u.User != nil {
		return false
	}
	if api, err := url.Parse(c.cfg.APIURL); err == nil && api.Host != "" && u.Scheme == api.Scheme && u.Host == api.Host {
		return true
	}
	if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" { // no name of a host
		return false
	}
	for _, domain := range []string{"slack.com", "slack-gov.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
