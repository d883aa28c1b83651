package service_test

import (
	"encoding/json"
	"math"
	"net/http"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// leads is a user group.
const leads = "S0LEADS"

// startNaming starts a service whose policy names the group leads.
func startNaming(h *servicetest.Harness) {
	h.T.Helper()
	h.Options = append(h.Options, service.WithBot(func(c *bot.Config) { c.UserGroups = func() []string { return []string{leads} } }))
	h.Start()
}

// member reports whether the service takes a person for a member of leads.
func member(h *servicetest.Harness, user string) bool {
	members, known := h.Service.Bot.UserGroups().Members(leads)
	return known && members[user]
}

// The members of a group are known when the first command can arrive. A change is
// known as soon as 40 seconds after the last read if Slack reports it, also in an
// event that cannot be decoded, and after a minute if not.
func TestGroups_FollowSlack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *servicetest.Harness, g slacksim.Usergroup)
		after  time.Duration // at most, since the start
	}{
		"events": {func(h *servicetest.Harness, g slacksim.Usergroup) {
			if err := h.Slack.ChangeUsergroup(h.Ctx, g); err != nil {
				h.T.Fatal(err)
			}
		}, 41 * time.Second},
		"no event": {func(h *servicetest.Harness, g slacksim.Usergroup) { h.Slack.AddUsergroup(g) }, 61 * time.Second},
		// Slack's documentation has the counts as strings.
		"odd event": {func(h *servicetest.Harness, g slacksim.Usergroup) {
			h.Slack.AddUsergroup(g)
			payload := json.RawMessage(`{"type":"event_callback","event":{"type":"subteam_members_changed","subteam_id":"S0LEADS","added_users_count":"1"}}`)
			if _, err := h.Slack.Deliver(h.Ctx, slacksim.EventsAPI, payload, false); err != nil {
				h.T.Fatal(err)
			}
		}, 41 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				group := slacksim.Usergroup{ID: leads, Members: []string{stage.Carol}}
				h.Slack.AddUsergroup(group)
				startNaming(h)
				if !member(h, stage.Carol) || member(h, stage.Bob) {
					h.T.Error("the members are not known at the start")
				}
				servicetest.Pass(20 * time.Second)
				group.Members = []string{stage.Bob}
				c.change(h, group)
				servicetest.Pass(c.after - 3*time.Second - 20*time.Second)
				if member(h, stage.Bob) {
					h.T.Errorf("the change is known less than %s after the start", c.after)
				}
				servicetest.Pass(3 * time.Second)
				if member(h, stage.Carol) || !member(h, stage.Bob) {
					h.T.Errorf("the change is not known %s after the start", c.after)
				}
			})
		})
	}
}

// A group that cannot be read makes the service not ready. The reason has its name,
// and a metric counts it. When it can be read again, so does that.
func TestReady_UserGroupUnknown(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct{ spoil, repair func(h *servicetest.Harness) }{
		"there is no such user group, or it is disabled": {
			func(*servicetest.Harness) {}, func(*servicetest.Harness) {},
		},
		"the workspace's plan has no user groups (plan_upgrade_required)": {
			func(h *servicetest.Harness) { h.Slack.SetUsergroupsInPlan(false) },
			func(h *servicetest.Harness) { h.Slack.SetUsergroupsInPlan(true) },
		},
		"its members are not known (http_503)": {
			func(h *servicetest.Harness) { h.Slack.Fail("usergroups.list", slacksim.Fault{Status: 503}, -1) },
			func(h *servicetest.Harness) { h.Slack.Clear("usergroups.list") },
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				c.spoil(h)
				startNaming(h)
				servicetest.Pass(5 * time.Second)
				if err := h.Service.Bot.UserGroups().Err(); err == nil || err.Error() != "user groups: S0LEADS: "+want {
					h.T.Errorf("got %v, want %s", err, want)
				}
				h.WaitLogged(want)
				wantGauge(h, "extendbot_user_groups_unknown", "", 1)
				wantGauge(h, "extendbot_ready", "user_groups", 0)
				c.repair(h)
				h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads})
				servicetest.Pass(time.Minute)
				wantGauge(h, "extendbot_user_groups_unknown", "", 0)
				wantGauge(h, "extendbot_ready", "user_groups", 1)
			})
		})
	}
}

// wantGauge fails the test unless a metric with this label, if it has one, has this
// value.
func wantGauge(h *servicetest.Harness, name, label string, want float64) {
	h.T.Helper()
	families, err := h.Service.Metrics().Gather()
	if err != nil {
		h.T.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && (label == "" || m.GetLabel()[0].GetValue() == label) {
				if got := m.GetGauge().GetValue(); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
					h.T.Errorf("%s %s is %v, want %v", name, label, got, want)
				}
				return
			}
		}
	}
	h.T.Errorf("there is no %s %s", name, label)
}

// /readyz names the group.
func TestReady_NamesTheUserGroup(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	startNaming(h)
	h.WaitReady(http.StatusServiceUnavailable, "user groups: S0LEADS: there is no such user group, or it is disabled")
}
