package slacksim_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// code returns Slack's error code in the error of a call.
func code(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return "other: " + err.Error()
}

// call makes a plain HTTP call, for requests that slack-go would not send.
func call(t *testing.T, s *slacksim.Server, method, contentType, token, body string) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return out
}

const (
	form  = "application/x-www-form-urlencoded"
	jsonT = "application/json; charset=utf-8"
)

// A wrong token and a token of the wrong kind have different errors.
func TestToken_WrongKind(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.SetTokenError("xoxb-old", "token_revoked")
	for _, c := range []struct{ method, token, body, want string }{
		{"auth.test", s.BotToken(), "", ""},
		{"auth.test", "", "token=" + s.BotToken(), ""},
		{"auth.test", "", "", "not_authed"},
		{"auth.test", "xoxb-wrong", "", "invalid_auth"},
		{"auth.test", "xoxb-old", "", "token_revoked"},
		{"auth.test", s.AppToken(), "", "not_allowed_token_type"},
		{"apps.connections.open", s.AppToken(), "", ""},
		{"apps.connections.open", "", "token=" + s.AppToken(), "not_authed"},
		{"apps.connections.open", s.BotToken(), "", "not_allowed_token_type"},
		{"apps.connections.open", "xapp-wrong", "", "invalid_auth"},
		{"no.such", s.BotToken(), "", "unknown_method"},
	} {
		got, _ := call(t, s, c.method, form, c.token, c.body)["error"].(string)
		if got != c.want {
			t.Errorf("%s with %.6s/%.6s: %q, want %q", c.method, c.token, c.body, got, c.want)
		}
	}
	s.SetTokenError("xoxb-old", "")
	if got := call(t, s, "auth.test", form, "xoxb-old", "")["error"]; got != "invalid_auth" {
		t.Errorf("after the token error was removed: %v", got)
	}
}

// auth.test names the app, and its header the scopes.
func TestAuthTest_AppAndScopes(t *testing.T) {
	s := start(t, slacksim.Config{Scopes: []string{"chat:write", "commands"}})
	who, err := client(s).AuthTestContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if who.TeamID != s.TeamID() || who.UserID != s.BotUserID() || who.BotID != "B0BOT" {
		t.Errorf("%+v", who)
	}
	if got := who.Header.Get("X-OAuth-Scopes"); got != "chat:write,commands" {
		t.Errorf("scopes %q", got)
	}
}

// The error for a missing scope names the scope.
func TestScope_MissingIsNamed(t *testing.T) {
	s := start(t, slacksim.Config{Scopes: []string{"commands"}})
	_, _, err := client(s).PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionText("x", false))
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok || e.Err != "missing_scope" || e.Needed != "chat:write" || e.Provided != "commands" {
		t.Errorf("%+v", err)
	}
}

// Arguments are read from the form, the query, multipart data and JSON.
func TestArguments_FormQueryOrJSON(t *testing.T) {
	s := start(t, slacksim.Config{})
	blocks := `[{"type":"section","text":{"type":"plain_text","text":"hi"}}]`
	for _, c := range []struct{ kind, body string }{
		{form, "channel=C0OPS&text=hi"},
		{jsonT, `{"channel":"C0OPS","text":"hi","thread_ts":null,"blocks":` + blocks + `}`},
		{jsonT, `{"channel":"C0OPS","text":"hi","blocks":` + string(mustJSON(t, blocks)) + `}`},
		{"multipart/form-data; boundary=xx", "--xx\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC0OPS\r\n" +
			"--xx\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n--xx--\r\n"},
	} {
		if got := call(t, s, "chat.postMessage", c.kind, s.BotToken(), c.body); got["ok"] != true {
			t.Errorf("%s: %v", c.kind, got)
		}
	}
	for _, m := range s.Messages("C0OPS") {
		if m.Text != "hi" || m.ThreadTS != "" {
			t.Errorf("%+v", m)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Calls are recorded without their tokens.
func TestCalls_WithoutTokens(t *testing.T) {
	s := start(t, slacksim.Config{})
	api := client(s)
	if _, _, err := api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionText(`a <b> & "c"`, false)); err != nil {
		t.Fatal(err)
	}
	calls := s.Calls("chat.postMessage")
	if len(calls) != 1 || calls[0].Channel() != "C0OPS" || calls[0].Status != 200 || !calls[0].Done || calls[0].TokenIn != "body" {
		t.Fatalf("%+v", calls)
	}
	if _, ok := calls[0].Args["token"]; ok {
		t.Error("the token was recorded")
	}
	if !strings.Contains(string(calls[0].Answer), `"ok":true`) {
		t.Errorf("answer %s", calls[0].Answer)
	}
	if s.SentContains(s.BotToken()) || s.SentContains(s.AppToken()) {
		t.Error("a token where it belongs counts as sent")
	}
}

// SentContains finds a text in any encoding, but not a token where it belongs.
func TestSentContains_AnyEncoding(t *testing.T) {
	s := start(t, slacksim.Config{})
	api := client(s)
	section := func(text string) slack.MsgOption {
		return slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, true), nil, nil))
	}
	for _, opt := range []slack.MsgOption{
		slack.MsgOptionText("plain p4$$&word", false), section(`in "blocks" <p4>`), section("escaped &lt;p&amp;5&gt;"),
		slack.MsgOptionText("leak of "+s.AppToken(), false),
	} {
		if _, _, err := api.PostMessageContext(t.Context(), "C0OPS", opt); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"p4$$&word", `"blocks" <p4>`, "<p&5>", s.AppToken()} {
		if !s.SentContains(text) {
			t.Errorf("%q was not found", text)
		}
	}
	if s.SentContains("never sent") {
		t.Error("found a text that was never sent")
	}
}

// With NoRecord, calls are not kept, but WaitCall still sees later ones.
func TestNoRecord_WaitCallStillWorks(t *testing.T) {
	s := start(t, slacksim.Config{NoRecord: true})
	heard := make(chan error, 1)
	ready := make(chan struct{})
	ctx := within(t)
	go func() {
		close(ready)
		_, err := s.WaitCall(ctx, "auth.test", func(slacksim.Call) bool { return true })
		heard <- err
	}()
	<-ready
	for heardOne := false; !heardOne; {
		if _, err := client(s).AuthTestContext(ctx); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-heard:
			if err != nil {
				t.Fatal(err)
			}
			heardOne = true
		default:
		}
	}
	if len(s.Calls("auth.test")) != 0 || len(s.Sent()) != 0 {
		t.Error("something was recorded")
	}
}

// Slack's limits cover every method.
func TestSlackLimits_EveryMethod(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.EnableSlackLimits()
	for _, name := range slacksim.MethodNames() {
		if s.LimitOf(name) == 0 && name != "api.test" {
			t.Errorf("%s has none", name)
		}
	}
}
