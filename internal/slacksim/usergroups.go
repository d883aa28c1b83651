package slacksim

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Usergroup is a group that can be mentioned, such as @finance.
type Usergroup struct {
	ID       string // S0FINANCE
	Handle   string // default: the id in lower case
	Name     string // default: Handle
	Members  []string
	Disabled bool
}

// usergroup is a group and the times of its changes.
type usergroup struct {
	Usergroup

	updated, disabled time.Time // disabled is zero unless the group is
}

// The events about groups.
const (
	eventMembersChanged = "subteam_members_changed"
	eventGroupUpdated   = "subteam_updated"
)

// maxEventMembers is how many members of a group subteam_updated lists. Its
// user_count is the number of all.
// https://docs.slack.dev/reference/events/subteam_updated
const maxEventMembers = 500

// AddUsergroup adds or replaces a group. The app gets no event.
func (s *Server) AddUsergroup(g Usergroup) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	s.workspace.putUsergroup(g)
}

// putUsergroup stores a group and returns what was there before, or nil, and what
// is there now.
func (w *workspace) putUsergroup(g Usergroup) (before, now *usergroup) {
	g.Handle = cmp.Or(g.Handle, strings.ToLower(g.ID))
	g.Name = cmp.Or(g.Name, g.Handle)
	g.Members = append([]string{}, g.Members...) // Slack lists no members as []
	before = w.groups[g.ID]
	now = &usergroup{Usergroup: g, updated: w.now()}
	if g.Disabled {
		now.disabled = w.now()
	}
	w.groups[g.ID] = now
	return before, now
}

// Usergroup returns a group, and reports whether there is one.
func (s *Server) Usergroup(id string) (Usergroup, bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	g := s.workspace.groups[id]
	if g == nil {
		return Usergroup{}, false
	}
	copied := g.Usergroup
	copied.Members = slices.Clone(g.Members)
	return copied, true
}

// ChangeUsergroup adds or replaces a group, and delivers what Slack sends about that
// to apps that subscribed to it and have the scope usergroups:read:
// subteam_members_changed if people joined or left, and subteam_updated for any
// change. The errors are those of [Server.Event]; the group is changed in any case.
// https://docs.slack.dev/reference/events/subteam_members_changed
// https://docs.slack.dev/reference/events/subteam_updated
func (s *Server) ChangeUsergroup(ctx context.Context, g Usergroup) error {
	s.workspace.mu.Lock()
	before, now := s.workspace.putUsergroup(g)
	updated := object{"type": eventGroupUpdated, "subteam": s.eventGroupJSON(now)}
	s.workspace.mu.Unlock()
	if before == nil { // that would be subteam_created, which this app has no use for
		return nil
	}
	added, removed := without(now.Members, before.Members), without(before.Members, now.Members)
	var errs []error
	if len(added)+len(removed) > 0 {
		errs = append(errs, s.sendSubscribed(ctx, object{
			"type": eventMembersChanged, "subteam_id": g.ID, "team_id": s.cfg.TeamID,
			"date_previous_update": before.updated.Unix(), "date_update": now.updated.Unix(),
			// Slack documents the counts as strings. What it sends are numbers.
			"added_users": added, "added_users_count": len(added),
			"removed_users": removed, "removed_users_count": len(removed),
		}))
	}
	return errors.Join(append(errs, s.sendSubscribed(ctx, updated))...)
}

// sendSubscribed delivers an event about groups, if the app gets those.
func (s *Server) sendSubscribed(ctx context.Context, event object) error {
	if kind, _ := event["type"].(string); !slices.Contains(s.cfg.Events, kind) || !s.hasScope("usergroups:read") {
		return nil
	}
	_, err := s.Event(ctx, event)
	return err
}

// without returns the elements of a that are not in b, never nil.
func without(a, b []string) []string {
	return slices.DeleteFunc(append([]string{}, a...), func(v string) bool { return slices.Contains(b, v) })
}

// usergroupJSON returns a group as methods and events show it, without its members.
func (s *Server) usergroupJSON(g *usergroup) object {
	out := object{
		"id": g.ID, "team_id": s.cfg.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name, "handle": g.Handle,
		"description": "", "is_external": false, "auto_type": nil, "created_by": s.cfg.BotUserID, "updated_by": s.cfg.BotUserID,
		"deleted_by": nil, "date_create": g.updated.Unix(), "date_update": g.updated.Unix(), "date_delete": 0,
		"prefs": object{"channels": []string{}, "groups": []string{}}, "user_count": len(g.Members),
	}
	if !g.disabled.IsZero() {
		out["date_delete"], out["deleted_by"] = g.disabled.Unix(), s.cfg.BotUserID
	}
	return out
}

// eventGroupJSON returns a group as subteam_updated shows it.
func (s *Server) eventGroupJSON(g *usergroup) object {
	out := s.usergroupJSON(g)
	out["users"] = g.Members[:min(len(g.Members), maxEventMembers)]
	return out
}

// SetUsergroupsInPlan sets whether the plan of the workspace has user groups. While it
// has not, the methods about them answer plan_upgrade_required. By default it has.
func (s *Server) SetUsergroupsInPlan(has bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	s.workspace.noUsergroups = !has
}
