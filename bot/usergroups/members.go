package usergroups

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"extendbot/bot/slackapi"
)

// Why the members of a group are not known. The texts contain nothing but what
// anybody may read who can reach /readyz.
var (
	errNoGroup    = errors.New("there is no such user group, or it is disabled")
	errDisabled   = errors.New("the user group is disabled")
	errIncomplete = errors.New("not all of its members are listed by Slack")
	errUnread     = errors.New("its members have not been read yet")
)

// group is a user group as it was read.
type group struct {
	slackapi.UserGroup

	set map[string]bool // its members; nil until they are asked for
}

func index(list []slackapi.UserGroup) map[string]*group {
	groups := make(map[string]*group, len(list))
	for _, g := range list {
		groups[g.ID] = &group{UserGroup: g}
	}
	return groups
}

func (g *group) members() map[string]bool {
	if g.set == nil {
		g.set = make(map[string]bool, len(g.Members))
		for _, user := range g.Members {
			g.set[user] = true
		}
	}
	return g.set
}

// Members returns the user ids of the members of a group, and reports whether they
// are known. They are not if there is no such group, if it is disabled, and if Slack
// has not said for five minutes who they are. The caller must not change the map.
// Members never waits for Slack.
func (w *Watch) Members(id string) (map[string]bool, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.find(id)
	if err != nil {
		return nil, false
	}
	return g.members(), true
}

// Unknown returns the ids of the groups that the policy names and whose members are
// not known, in the order of [Config.Named], and why not.
func (w *Watch) Unknown() (ids []string, why []error) {
	named := w.cfg.Named()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range named {
		if _, err := w.find(id); err != nil {
			ids, why = append(ids, id), append(why, err)
		}
	}
	return ids, why
}

// Err returns nil if the members of all groups that the policy names are known, and
// otherwise an error that names the others, with the reason. Its text contains only
// ids and codes, and not the time.
func (w *Watch) Err() error {
	ids, why := w.Unknown()
	if len(ids) == 0 {
		return nil
	}
	reasons := make([]string, len(ids))
	for i, id := range ids {
		reasons[i] = fmt.Sprintf("%s: %s", id, why[i])
	}
	return fmt.Errorf("user groups: %s", strings.Join(reasons, "; "))
}

// find returns a group whose members are known, or why they are not. Then it makes
// the next read come sooner. The caller holds the lock.
func (w *Watch) find(id string) (*group, error) {
	err := w.fresh()
	if err == nil {
		g := w.groups[id]
		if err = check(g); err == nil {
			return g, nil
		}
	}
	w.readSoon()
	return nil, err
}

// fresh returns nil if the groups were read within the last five minutes.
func (w *Watch) fresh() error {
	if age := w.cfg.Now().Sub(w.readAt); !w.readAt.IsZero() && age >= 0 && age <= validFor {
		return nil
	}
	if w.failed == nil {
		return errUnread
	}
	return unread(w.failed)
}

// check returns why the members of a group are not known, although Slack has listed
// the groups. g is nil if Slack did not list it.
func check(g *group) error {
	switch {
	case g == nil:
		return errNoGroup
	case g.Disabled:
		return errDisabled
	case g.Incomplete:
		return errIncomplete
	default:
		return nil
	}
}

// unread says why Slack does not list groups.
func unread(failed error) error {
	switch code := slackapi.CodeOf(failed); code {
	case slackapi.CodeNoUserGroups:
		return fmt.Errorf("the workspace's plan has no user groups (%s)", code)
	case slackapi.CodeMissingScope:
		return fmt.Errorf("the bot token lacks the scope %s (%s)", slackapi.ScopeUserGroups, code)
	default:
		return fmt.Errorf("its members are not known (%s)", cmp.Or(slackapi.LabelOf(failed), "other"))
	}
}

// Find returns a group of those that Slack lists, or why its members are not known.
func Find(list []slackapi.UserGroup, id string) (slackapi.UserGroup, error) {
	g := index(list)[id]
	if err := check(g); err != nil {
		return slackapi.UserGroup{}, err
	}
	return g.UserGroup, nil
}
