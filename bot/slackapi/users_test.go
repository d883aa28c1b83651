package slackapi

import (
	"errors"
	"testing"

	"extendbot/internal/slacksim"
)

// The workspace says who a user is. Only an unknown user is ErrNoUser: what cannot be
// asked now is another error.
func TestUser_KnownOrNot(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	server.AddUser(slacksim.User{ID: "U0GONE", Deleted: true})
	server.AddUser(slacksim.User{ID: "U0GUEST", IsStranger: true, TeamID: "T0THEM"})
	for _, want := range []User{
		{ID: "U0ALICE", Name: "u0alice"}, {ID: "U0GONE", Name: "u0gone", Deleted: true},
		{ID: "U0GUEST", Name: "u0guest", External: true}, {ID: server.BotUserID(), Name: "extendbot", Bot: true},
	} {
		if got, err := c.User(t.Context(), want.ID); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := c.User(t.Context(), "U0NOBODY"); !errors.Is(err, ErrNoUser) {
		t.Errorf("a user who is not there: %v", err)
	}
	for _, fault := range []slacksim.Fault{{Error: "missing_scope"}, {Error: "invalid_auth"}, {Body: `{"ok":true}`}} {
		server.Fail("users.info", fault, -1)
		if _, err := c.User(t.Context(), "U0ALICE"); err == nil || errors.Is(err, ErrNoUser) {
			t.Errorf("%+v: %v", fault, err)
		}
		server.Clear("users.info")
	}
}

// The bot token belongs to an app, which need not be that of the app-level token.
func TestBotApp_NamesTheApp(t *testing.T) {
	t.Parallel()
	_, c := newSim(t, slacksim.Config{BotAppID: "A0OTHER"})
	if app, err := c.BotApp(t.Context(), Identity{BotID: "B0BOT"}); err != nil || app != "A0OTHER" {
		t.Errorf("%q, %v", app, err)
	}
	_, c = newSim(t, slacksim.Config{Scopes: NeededScopes()})
	if app, err := c.BotApp(t.Context(), Identity{BotID: "B0BOT"}); ClassOf(err) != ClassPermission {
		t.Errorf("without the scope: %q, %v", app, err)
	}
}
