package slacksim_test

import (
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// A user has a time zone: by default UTC, with the offset of the season.
func TestUsersInfo_TimeZone(t *testing.T) {
	s := start(t, slacksim.Config{}) // in November
	s.AddUser(slacksim.User{ID: "U0CAROL", TZ: "Europe/Amsterdam"})
	s.AddUser(slacksim.User{ID: "U0DAVE", TZ: "America/New_York"})
	s.AddUser(slacksim.User{ID: "U0EVE", TZ: "Mars/Phobos"})
	for id, want := range map[string]struct {
		tz     string
		label  string
		offset int
	}{
		"U0ALICE":     {"Etc/UTC", "UTC", 0},
		s.BotUserID(): {"Etc/UTC", "UTC", 0},
		"U0CAROL":     {"Europe/Amsterdam", "CET", 3600},
		"U0DAVE":      {"America/New_York", "EST", -5 * 3600},
		"U0EVE":       {"Mars/Phobos", "UTC", 0},
	} {
		u, err := client(s).GetUserInfoContext(t.Context(), id)
		if err != nil || u.TZ != want.tz || u.TZLabel != want.label || u.TZOffset != want.offset {
			t.Errorf("%s: %+v, %v; want %+v", id, u, err, want)
		}
	}
}

// Without users:read, nothing is known about people.
func TestUsersInfo_NeedsScope(t *testing.T) {
	s := start(t, slacksim.Config{Scopes: []string{"chat:write"}})
	if u, err := client(s).GetUserInfoContext(t.Context(), "U0ALICE"); code(err) != "missing_scope" {
		t.Errorf("%+v, %v", u, err)
	}
}

// The bot belongs to the app of its token, which need not be that of the app-level token.
func TestBotsInfo_NamesTheApp(t *testing.T) {
	s := start(t, slacksim.Config{BotAppID: "A0OTHER"})
	bot, err := client(s).GetBotInfoContext(t.Context(), slack.GetBotInfoParameters{Bot: "B0BOT"})
	if err != nil || bot.AppID != "A0OTHER" || bot.UserID != s.BotUserID() {
		t.Errorf("%+v, %v", bot, err)
	}
	if bot, err := client(s).GetBotInfoContext(t.Context(), slack.GetBotInfoParameters{Bot: "B0WHO"}); code(err) != "bot_not_found" {
		t.Errorf("%+v, %v", bot, err)
	}
}
