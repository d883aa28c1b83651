package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"extendbot/bot/slackapi"
	"extendbot/internal/service"
)

const (
	// maxPeople is how many people are looked up. Slack allows about 100 calls a minute.
	maxPeople = 90
	// maxNamed is how many people one line names.
	maxNamed = 10
)

// people checks that the workspace knows the people whom the policy names, and that the
// orders of the database are of this workspace.
func (r *run) people(ctx context.Context, client *slackapi.Client, who slackapi.Identity) {
	workspace := fmt.Sprintf("%s (%s)", who.Team, who.TeamID)
	if r.team != "" && r.team != who.TeamID {
		r.note("database", fmt.Sprintf("its newest order is of the workspace %s, and the tokens are of %s, whose people cannot use it: "+
			"use the tokens or the database of one workspace, unless the team has moved", r.team, workspace))
	}
	rules, err := service.NewRules(r.Settings, nil)
	if err != nil {
		return // accounts reports it
	}
	all, err := rules.Users()
	if err != nil {
		return // likewise
	}
	asked := all[:min(len(all), maxPeople)]
	var unknown []string
	for i, id := range asked {
		switch strange, err := r.person(ctx, client, id); {
		case slackapi.ClassOf(err) == slackapi.ClassPermission:
			r.note("people", "without the scope users:read, Slack does not say whether it knows the people of the policy")
			return
		case errors.Is(err, slackapi.ErrNoUser):
			unknown = append(unknown, id)
		case err != nil:
			r.note("people", fmt.Sprintf("Slack does not say now who %s is, and %d others of the policy (%v)", id, len(all)-i-1, err))
			return
		case strange != "":
			r.note("people", strange)
		}
	}
	switch {
	case len(unknown) == 0:
		r.report("people", fmt.Sprintf("the workspace %s knows the %d people of the policy", workspace, len(asked)), nil)
	case len(unknown) == len(asked):
		r.report("people", "", fmt.Errorf("the workspace %s knows nobody of the policy (%s): use the tokens of their workspace, or correct the ids", workspace, list(unknown)))
	default:
		r.report("people", "", fmt.Errorf("the workspace %s does not know %s: correct the ids in the policy, or remove them", workspace, list(unknown)))
	}
	if left := len(all) - len(asked); left > 0 {
		r.note("people", fmt.Sprintf("the other %d people of the policy were not looked up", left))
	}
}

// person returns why a person cannot use the bot, or "".
func (r *run) person(ctx context.Context, client *slackapi.Client, id string) (strange string, err error) {
	user, err := client.User(ctx, id)
	switch {
	case err != nil:
		return "", err
	case user.Deleted:
		return fmt.Sprintf("%s (%s) is deactivated in Slack, and cannot order or approve", id, user.Name), nil
	case user.Bot:
		return fmt.Sprintf("%s (%s) is a bot, and cannot order or approve", id, user.Name), nil
	case user.External:
		return fmt.Sprintf("%s (%s) is of another organization, and cannot order or approve", id, user.Name), nil
	}
	return "", nil
}

// list names some of the ids.
func list(ids []string) string {
	if more := len(ids) - maxNamed; more > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(ids[:maxNamed], ", "), more)
	}
	return strings.Join(ids, ", ")
}
