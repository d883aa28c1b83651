package demo

import (
	"context"
	"os"
	"strings"

	"extendbot/internal/stage"
)

// showPolicy shows the policy file, and where it is: changes apply at once.
func (c *chat) showPolicy() {
	text, err := os.ReadFile(c.env["POLICY_FILE"])
	if err != nil {
		c.hint("The policy file cannot be read: %v", err)
		return
	}
	c.print("")
	c.print(indent("  ", strings.Split(strings.TrimSpace(string(text)), "\n"))...)
	c.hint("It is in %s. You may change it: every press is judged by it as it is then.", c.env["POLICY_FILE"])
}

// changeLeads changes who is in the user group @leads. Without names, it only shows
// who is.
func (c *chat) changeLeads(ctx context.Context, names []string) {
	group, _ := c.Slack.Usergroup(stage.Leads)
	var members []string
	for _, name := range names {
		id, ok := c.person(name)
		if !ok {
			return
		}
		members = append(members, id)
	}
	if len(names) == 0 {
		c.hint("In @leads: %s.", c.nameList(group.Members))
		return
	}
	group.Members = members
	if err := c.Slack.ChangeUsergroup(ctx, group); err != nil {
		c.hint("Slack could not tell the bot about the change: %v", err)
		return
	}
	c.hint("In @leads now: %s. The bot asks Slack for the members every minute, and after a change at most 40 seconds later.", c.nameList(members))
}

func (c *chat) nameList(ids []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, c.name(id))
	}
	return strings.Join(all, ", ")
}
