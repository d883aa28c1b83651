package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

const (
	manifestFile   = "../../manifest.yml"
	manifestSchema = "testdata/slack/manifest.schema.2.0.0.json"
)

// manifest is the part of manifest.yml that the bot relies on.
type manifest struct {
	Features struct {
		AppHome struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"`
		} `json:"app_home"`
		SlashCommands []struct {
			Command      string `json:"command"`
			UsageHint    string `json:"usage_hint"`
			ShouldEscape bool   `json:"should_escape"`
		} `json:"slash_commands"`
		Shortcuts []struct {
			Name       string `json:"name"`
			Type       string `json:"type"`
			CallbackID string `json:"callback_id"`
		} `json:"shortcuts"`
	} `json:"features"`
	OAuth struct {
		Scopes struct {
			Bot         []string `json:"bot"`
			BotOptional []string `json:"bot_optional"`
			User        []string `json:"user"`
		} `json:"scopes"`
	} `json:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `json:"bot_events"`
		} `json:"event_subscriptions"`
		Interactivity struct {
			Enabled bool `json:"is_enabled"`
		} `json:"interactivity"`
		OrgDeploy     bool `json:"org_deploy_enabled"`
		SocketMode    bool `json:"socket_mode_enabled"`
		TokenRotation bool `json:"token_rotation_enabled"`
	} `json:"settings"`
}

// readManifest returns manifest.yml as plain values, and the part that the bot
// relies on.
func readManifest(t *testing.T) (values any, m manifest) {
	t.Helper()
	text, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Load(text, &values); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(asJSON, &m); err != nil {
		t.Fatal(err)
	}
	// The schema checks JSON values, not Go's YAML values.
	values, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return values, m
}

// The manifest is valid under Slack's schema.
func TestManifest_ValidForSlack(t *testing.T) {
	t.Parallel()
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(pattern)
	schema, err := compiler.Compile(manifestSchema)
	if err != nil {
		t.Fatal(err)
	}
	values, _ := readManifest(t)
	if err := schema.Validate(values); err != nil {
		t.Error(err)
	}
}

// pattern compiles a regular expression of the schema. Go does not support the
// lookahead in those for domain names. They match nothing, so that a manifest
// that uses one fails instead of passing unchecked.
func pattern(expr string) (jsonschema.Regexp, error) {
	if strings.Contains(expr, "(?!") {
		expr = `[^\s\S]`
	}
	return regexp.Compile(expr)
}

// The manifest switches on exactly what the bot uses.
func TestManifest_Features(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	if want := []string{"app_home_opened", "message.im", "app_mention", "subteam_members_changed", "subteam_updated"}; !slices.Equal(m.Settings.Events.Bot, want) {
		t.Errorf("the events are %v, want %v", m.Settings.Events.Bot, want)
	}
	for _, flag := range []struct {
		name      string
		got, want bool
	}{
		{"socket_mode_enabled", m.Settings.SocketMode, true},
		{"interactivity.is_enabled", m.Settings.Interactivity.Enabled, true},
		{"org_deploy_enabled", m.Settings.OrgDeploy, false},
		{"token_rotation_enabled", m.Settings.TokenRotation, false},
		{"home_tab_enabled", m.Features.AppHome.Home, true},
		{"messages_tab_enabled", m.Features.AppHome.Messages, true},
		{"messages_tab_read_only_enabled", m.Features.AppHome.ReadOnly, false},
	} {
		if flag.got != flag.want {
			t.Errorf("%s is %t, want %t", flag.name, flag.got, flag.want)
		}
	}
}

// The scopes of the manifest are enough for everything that the bot does.
func TestManifest_ScopesSuffice(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	h := servicetest.New(t, slacksim.Config{Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot})
	h.Start()
	card := h.Request(stage.Alice, "web-1 72")
	h.Click(stage.Bob, card, "order_confirm")
	h.WaitEphemeral(stage.Bob, "")
	h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: stage.Ops, Error: "restricted_action_thread_locked"}, 1)
	h.Confirm(card)
	h.WaitCard(card, "72 hours (3 days)")
	h.WaitCall("chat.postMessage", func(c slacksim.Call) bool { return c.Channel() == stage.Alice && c.Done })
	if _, err := h.Slack.OpenHome(h.Ctx, stage.Alice); err != nil {
		t.Fatal(err)
	}
	h.WaitCall("views.publish", func(c slacksim.Call) bool { return c.Done })
	h.Answer(stage.Alice, "history")
	h.Answer(stage.Alice, "web-1 until tomorrow 18:00")
	wantParts(t, directAnswer(h, stage.Carol, "help").Text, "db-1 3d")
	mention(h, stage.Carol, stage.Ops, "help", "")
	h.WaitEphemeral(stage.Carol, "A mention orders nothing")
	for _, method := range []string{
		"auth.test", "chat.postMessage", "chat.postEphemeral", "chat.update", "views.publish", "response_url", "chat.getPermalink", "users.info",
	} {
		calls := h.Slack.Calls(method)
		if len(calls) == 0 {
			t.Errorf("%s was not called", method)
		}
		for _, c := range calls {
			if bytes.Contains(c.Answer, []byte("missing_scope")) {
				t.Errorf("a scope for %s is missing: %s", method, c.Answer)
			}
		}
	}
}

// needed returns the scopes that the manifest does not call optional.
func (m manifest) needed() []string {
	return slices.DeleteFunc(slices.Clone(m.OAuth.Scopes.Bot), func(s string) bool { return slices.Contains(m.OAuth.Scopes.BotOptional, s) })
}

// Without any one of the scopes that are not optional, the bot does not start.
func TestManifest_ScopesNeeded(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	if m.OAuth.Scopes.User != nil {
		t.Errorf("the manifest has user scopes, %v, but the bot never acts for a user", m.OAuth.Scopes.User)
	}
	for _, scope := range m.needed() {
		without := slices.DeleteFunc(slices.Clone(m.OAuth.Scopes.Bot), func(s string) bool { return s == scope })
		err := runUntilItFails(servicetest.New(t, slacksim.Config{Scopes: without}))
		refused, ok := errors.AsType[*slackapi.AuthError](err)
		if !ok || refused.Code != "missing_scope" || !strings.Contains(refused.Fix, scope) {
			t.Errorf("without %s: %v", scope, err)
		}
	}
}

// The optional scopes of the manifest are those that the bot can do without: with
// the others alone, it starts and sells.
func TestManifest_ScopesOptional(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	var optional []string
	for _, scope := range slackapi.OptionalScopes() {
		optional = append(optional, scope.Name)
	}
	if !slices.Equal(m.OAuth.Scopes.BotOptional, optional) || !slices.Equal(m.needed(), slackapi.NeededScopes()) {
		t.Errorf("the manifest has %+v; the bot needs %v, and can use %v", m.OAuth.Scopes, slackapi.NeededScopes(), optional)
	}
	h := servicetest.New(t, slacksim.Config{Scopes: m.needed()})
	h.Start()
	card := h.Request(stage.Alice, "web-1 72")
	h.Confirm(card)
	h.WaitReply(card, "")
	h.WantCharges(1, 1)
}

// The manifest has the slash command and the global shortcut.
func TestManifest_Command(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	if len(m.Features.SlashCommands) != 1 {
		t.Fatalf("the manifest has %d commands, want 1", len(m.Features.SlashCommands))
	}
	c := m.Features.SlashCommands[0]
	if c.Command != "/extend" || c.UsageHint != "[server] [time], or: list, history, status, cancel, approvals, help" || c.ShouldEscape {
		t.Errorf("got %+v", c)
	}
	if s := m.Features.Shortcuts; len(s) != 1 || s[0].Type != "global" || s[0].CallbackID != message.ShortcutForm {
		t.Errorf("the shortcuts are %+v", s)
	}
}

// The manifest contains no URL for Slack to call: Socket Mode needs none.
func TestManifest_NoURL(t *testing.T) {
	t.Parallel()
	values, _ := readManifest(t)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if strings.HasSuffix(key, "url") || strings.HasSuffix(key, "urls") {
					t.Errorf("%s.%s is a URL", path, key)
				}
				walk(path+"."+key, value)
			}
		case []any:
			for _, value := range v {
				walk(path, value)
			}
		case string:
			if strings.Contains(v, "://") {
				t.Errorf("%s is a URL", path)
			}
		}
	}
	walk("", values)
}
