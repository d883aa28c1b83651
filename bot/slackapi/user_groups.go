package slackapi

import (
	"context"

	"github.com/slack-go/slack"
)

// The codes with which Slack refuses to list user groups for good.
const (
	// CodeNoUserGroups means that the workspace's plan has no user groups.
	CodeNoUserGroups = "plan_upgrade_required"
	// CodeMissingScope means that the bot token lacks a scope.
	CodeMissingScope = "missing_scope"
)

// UserGroup is a user group of the workspace.
type UserGroup struct {
	ID       string // S0LEADS
	Handle   string // leads, without the @
	Disabled bool
	Members  []string // user ids
	// Incomplete says that Members may lack people: Slack lists none, not even an
	// empty list, or counts more than it lists.
	Incomplete bool
}

// UserGroups returns the user groups of the workspace with their members, in one
// call, which it does not repeat. Disabled groups may be missing. Its errors are
// [*Error].
//
// https://docs.slack.dev/reference/methods/usergroups.list
func (c *Client) UserGroups(ctx context.Context) ([]UserGroup, error) {
	var listed []slack.UserGroup
	failed := c.once(ctx, "usergroups.list", func(ctx context.Context) (err error) {
		listed, err = c.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
		if err == nil && listed == nil { // Slack always sends the list, even if it is empty
			return errIncomplete
		}
		return err
	})
	if failed != nil {
		return nil, failed
	}
	groups := make([]UserGroup, 0, len(listed))
	for _, g := range listed {
		groups = append(groups, UserGroup{
			ID: g.ID, Handle: g.Handle, Disabled: g.DateDelete != 0,
			Members: g.Users, Incomplete: g.Users == nil || g.UserCount > len(g.Users),
		})
	}
	return groups, nil
}
