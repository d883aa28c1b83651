package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
)

const (
	manifestFile   = "../../manifest.yml"
	manifestSchema = "testdata/slack/manifest.schema.2.0.0.json"
)

// manifest is what the bot relies on in manifest.yml.
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
	} `json:"features"`
	OAuth struct {
		Scopes struct {
			Bot  []string `json:"bot"`
			User []string `json:"user"`
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

// readManifest gives manifest.yml as plain values and as what the bot relies on.
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
	// What a schema checks are values of JSON, not those of Go.
	values, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return values, m
}

func TestTheManifestIsOneThatSlackTakes(t *testing.T) {
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

// pattern compiles a regular expression of the schema. Those of domain names
// look ahead, which Go cannot: they match nothing, so that a manifest that
// comes to use one fails here instead of passing unchecked.
func pattern(expr string) (jsonschema.Regexp, error) {
	if strings.Contains(expr, "(?!") {
		expr = `[^\s\S]`
	}
	return regexp.Compile(expr)
}

func TestTheManifestSwitchesOnWhatTheBotUses(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	if want := []string{"app_home_opened"}; !slices.Equal(m.Settings.Events.Bot, want) {
		t.Errorf("it subscribes to %v, want %v", m.Settings.Events.Bot, want)
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

func TestTheScopesOfTheManifestAreEnoughForAllThatTheBotDoes(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	p := setStage(t, slacksim.Config{Scopes: m.OAuth.Scopes.Bot})
	p.begin()
	card := p.card(stageAlice, "web-1 72")
	p.click(stageBob, card, "order_confirm")
	p.told(stageBob, "")
	p.slack.Fail("chat.postMessage", slacksim.Fault{Channel: stageChannel, Error: "restricted_action_thread_locked"}, 1)
	p.click(stageAlice, card, "order_confirm")
	p.saying(card, "72 hours (3 days)")
	p.called("chat.postMessage", func(c slacksim.Call) bool { return c.Channel() == stageAlice && c.Done })
	if _, err := p.slack.OpenHome(p.ctx, stageAlice); err != nil {
		t.Fatal(err)
	}
	p.called("views.publish", func(c slacksim.Call) bool { return c.Done })
	for _, method := range []string{"auth.test", "chat.postMessage", "chat.update", "views.publish", "response_url"} {
		for _, c := range p.slack.Calls(method) {
			if bytes.Contains(c.Answer, []byte("missing_scope")) {
				t.Errorf("%s lacks a scope: %s", method, c.Answer)
			}
		}
	}
}

func (p *play) called(method string, match func(slacksim.Call) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := p.slack.WaitCall(ctx, method, match); err != nil {
		p.t.Fatalf("%s was not called: %v", method, err)
	}
}

func TestTheManifestAsksForNoScopeThatTheBotCanDoWithout(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	if m.OAuth.Scopes.User != nil {
		t.Errorf("it asks for user scopes, %v, and the bot never acts for anybody", m.OAuth.Scopes.User)
	}
	for i, scope := range m.OAuth.Scopes.Bot {
		without := slices.Delete(slices.Clone(m.OAuth.Scopes.Bot), i, i+1)
		p := setStage(t, slacksim.Config{Scopes: without})
		_, err := checkSlack(p.ctx, p.settings)
		refused, ok := errors.AsType[*slackapi.AuthError](err)
		if !ok || refused.Code != "missing_scope" || !strings.Contains(refused.Fix, scope) {
			t.Errorf("without %s: %v", scope, err)
		}
	}
}

func TestTheManifestHasTheCommand(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	if len(m.Features.SlashCommands) != 1 {
		t.Fatalf("it has %d commands, want 1", len(m.Features.SlashCommands))
	}
	c := m.Features.SlashCommands[0]
	if c.Command != "/extend" || c.UsageHint != "<server> <hours>" || c.ShouldEscape {
		t.Errorf("got %+v", c)
	}
}

// A URL in the manifest would be one that Slack calls: Socket Mode has none.
func TestTheManifestNamesNoURL(t *testing.T) {
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
