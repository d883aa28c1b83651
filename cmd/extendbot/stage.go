package main

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
)

// The people, places and servers of a stage.
const (
	stageAlice        = "U0ALICE"   // may order, with an account of her own
	stageBob          = "U0BOB"     // likewise
	stageMallory      = "U0MALLORY" // is on no list
	stageChannel      = "C0OPS"     // the bot is in it
	stageElsewhere    = "C0RANDOM"  // the bot is not
	stageAliceAccount = "user12345-6789-0123-4567-890123456789"
	stageBobAccount   = "user98765-4321-0123-4567-890123456789"
	stageWeb          = "a6bbde9c-c6df-11f0-8cdf-525400792197"
	stageDB           = "b7ccef0d-c6df-11f0-8cdf-525400792197"
)

// stage is a Slack and a 0xhost on this machine, and settings with which the
// program works against them. The demo and the end-to-end tests play on it.
type stage struct {
	slack    *slacksim.Server
	oxhost   *oxhostsim.Server
	settings settings.Settings
}

// newStage starts both; dir takes the database.
func newStage(dir string, config slacksim.Config) (_ *stage, err error) {
	s := &stage{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.slack, err = slacksim.Start(config); err != nil {
		return nil, err
	}
	if s.oxhost, err = oxhostsim.Start(oxhostsim.Config{}); err != nil {
		return nil, err
	}
	s.cast()
	s.settings, err = stageSettings(s, dir)
	return s, err
}

// cast puts the people on the stage, and what they own.
func (s *stage) cast() {
	for id, name := range map[string]string{stageAlice: "alice", stageBob: "bob", stageMallory: "mallory"} {
		s.slack.AddUser(slacksim.User{ID: id, Name: name, RealName: name})
	}
	everybody := []string{stageAlice, stageBob, stageMallory}
	s.slack.AddChannel(slacksim.Channel{ID: stageChannel, Name: "ops"})
	s.slack.Join(stageChannel, append(everybody, s.slack.BotUserID())...)
	s.slack.AddChannel(slacksim.Channel{ID: stageElsewhere, Name: "random"})
	s.slack.Join(stageElsewhere, everybody...)

	money := decimal.RequireFromString
	s.oxhost.AddAccount(oxhostsim.Account{ID: stageAliceAccount, Username: "alice", Balance: money("3328.78"), Active: true})
	s.oxhost.AddAccount(oxhostsim.Account{ID: stageBobAccount, Username: "bob", Balance: money("0.50"), Active: true})
	expires := time.Now().Add(30 * 24 * time.Hour)
	s.oxhost.AddServer(oxhostsim.RentedServer{
		ID: stageWeb, Name: "vm-web", OwnerID: stageAliceAccount, PlanID: 5, PlanPrice: money("12.99"),
		PrimaryIP: "192.168.100.102", Location: "Slovenia", Status: "active", ExpireDate: expires,
	})
	s.oxhost.AddServer(oxhostsim.RentedServer{
		ID: stageDB, Name: "vm-db", OwnerID: stageBobAccount, PlanID: 6, PlanPrice: money("69.99"),
		PrimaryIP: "192.168.100.103", Location: "Slovenia", Status: "active", ExpireDate: expires,
	})
}

func stageSettings(s *stage, dir string) (settings.Settings, error) {
	return settings.Parse(map[string]string{
		"SLACK_APP_TOKEN": s.slack.AppToken(), "SLACK_BOT_TOKEN": s.slack.BotToken(), "SLACK_API_URL": s.slack.APIURL(),
		"OXHOST_API_KEY": s.oxhost.APIKey(), "OXHOST_API_URL": s.oxhost.URL(),
		"ALLOWLIST":    stageAlice + ":" + stageAliceAccount + "," + stageBob + ":" + stageBobAccount,
		"SERVERS":      "web-1:" + stageWeb + ",db-1:" + stageDB,
		"DATABASE_URL": "sqlite:" + filepath.Join(dir, "extendbot.db"), "HTTP_ADDR": "127.0.0.1:0",
	})
}

func (s *stage) close() error {
	var errs []error
	if s.slack != nil {
		errs = append(errs, s.slack.Close())
	}
	if s.oxhost != nil {
		errs = append(errs, s.oxhost.Close())
	}
	return errors.Join(errs...)
}
