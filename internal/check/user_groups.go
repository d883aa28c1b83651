package check

import (
	"context"
	"errors"
	"fmt"

	"extendbot/bot/slackapi"
	"extendbot/bot/usergroups"
	"extendbot/internal/service"
)

// userGroups checks that Slack lists the members of each user group that the policy
// names.
func (r *run) userGroups(ctx context.Context, client *slackapi.Client) {
	rules, err := service.NewRules(r.Settings, nil)
	if err != nil {
		return // accounts reports it
	}
	named := rules.Groups()
	if len(named) == 0 {
		return
	}
	groups, err := client.UserGroups(ctx)
	if err != nil {
		r.report("user groups", "", userGroupsHint(err))
		return
	}
	for _, id := range named {
		g, err := usergroups.Find(groups, id)
		if err != nil {
			err = fmt.Errorf("%w: correct the policy, or change the group in Slack", err)
		}
		r.report("user group "+id, fmt.Sprintf("@%s, %d members", g.Handle, len(g.Members)), err)
	}
}

// userGroupsHint says what to do if Slack does not list user groups.
func userGroupsHint(err error) error {
	switch code := slackapi.CodeOf(err); code {
	case slackapi.CodeNoUserGroups:
		return fmt.Errorf("the plan of the workspace has no user groups (%s): name people in the policy instead", code)
	case slackapi.CodeMissingScope:
		return fmt.Errorf("the policy names some, and the bot token lacks the scope %s (%s): add it and install the app again",
			slackapi.ScopeUserGroups, code)
	default:
		return errors.Join(errors.New("Slack does not list them; try again later"), err) //nolint:staticcheck // a name
	}
}
