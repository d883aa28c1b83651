// Package stage runs a simulated Slack and a simulated 0xhost on this machine,
// with people, channels, accounts and servers. The demo, the end-to-end tests,
// the chaos runs and the measurements all use it.
//
// It knows the two wire protocols and none of the product's packages.
// [Stage.Env] returns the environment in which extendbot uses it.
package stage

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

// Stage is a Slack and a 0xhost that run until Close.
type Stage struct {
	Slack  *slacksim.Server
	Oxhost *oxhostsim.Server
	Cast   Cast
}

// Start starts both servers and adds everything in the cast to them.
func Start(cast Cast, config slacksim.Config) (*Stage, error) {
	return StartBoth(cast, config, oxhostsim.Config{})
}

// StartBoth is Start with a configuration for each server.
func StartBoth(cast Cast, slack slacksim.Config, oxhost oxhostsim.Config) (_ *Stage, err error) {
	s := &Stage{Cast: cast}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.Slack, err = slacksim.Start(slack); err != nil {
		return nil, err
	}
	if s.Oxhost, err = oxhostsim.Start(oxhost); err != nil {
		return nil, err
	}
	for _, p := range cast.People {
		s.Slack.AddUser(slacksim.User{ID: p.ID, Name: p.Name, TZ: p.TZ})
	}
	for _, g := range cast.Groups {
		s.Slack.AddUsergroup(slacksim.Usergroup{ID: g.ID, Handle: g.Handle, Members: g.Members})
	}
	for _, p := range cast.Payers() {
		s.Oxhost.AddAccount(oxhostsim.Account{ID: p.Account, Username: p.Name, Balance: p.Balance, Active: true})
	}
	for _, c := range cast.Channels {
		s.AddChannel(c)
	}
	for _, r := range cast.Servers {
		s.AddServer(r)
	}
	return s, nil
}

// AddChannel adds a channel. Everybody in the cast joins it.
func (s *Stage) AddChannel(c Channel) {
	s.Slack.AddChannel(slacksim.Channel{ID: c.ID, Name: c.Name})
	for _, p := range s.Cast.People {
		s.Slack.Join(c.ID, p.ID)
	}
	if !c.WithoutBot {
		s.Slack.Join(c.ID, s.Slack.BotUserID())
	}
}

// AddServer adds a server to 0xhost. A server that is not in the cast has no
// name in Env: people have to type its id, and Env must not name any server.
func (s *Stage) AddServer(r Server) {
	s.Oxhost.AddServer(oxhostsim.RentedServer{
		ID: r.ID, Name: r.Hostname, OwnerID: r.Account, PlanID: r.PlanID, PlanPrice: r.PlanPrice, PrimaryIP: r.PrimaryIP,
	})
}

// Env returns the settings of extendbot for this stage, by the names of their
// environment variables: the addresses and tokens of both servers, who may order
// what, the database, and a free port for the probes. It uses the short form of the
// policy: everybody with an account may extend every server, and nobody has to
// approve.
func (s *Stage) Env(databaseURL string) map[string]string {
	var allowlist, servers []string
	for _, p := range s.Cast.People {
		if p.Account != "" {
			allowlist = append(allowlist, p.ID+":"+p.Account)
		}
	}
	for _, r := range s.Cast.Servers {
		servers = append(servers, r.Name+":"+r.ID)
	}
	env := s.env(databaseURL)
	env["ALLOWLIST"] = strings.Join(allowlist, ",")
	if len(servers) > 0 {
		env["SERVERS"] = strings.Join(servers, ",")
	}
	return env
}

// EnvWithPolicy is like Env, with a policy file that says all of the cast. It writes
// that file into a directory.
func (s *Stage) EnvWithPolicy(databaseURL, dir string) (map[string]string, error) {
	env := s.env(databaseURL)
	env["POLICY_FILE"] = filepath.Join(dir, "policy.yaml")
	return env, os.WriteFile(env["POLICY_FILE"], []byte(s.Cast.Policy()), 0o600)
}

func (s *Stage) env(databaseURL string) map[string]string {
	return map[string]string{
		"SLACK_APP_TOKEN": s.Slack.AppToken(),
		"SLACK_BOT_TOKEN": s.Slack.BotToken(),
		"SLACK_API_URL":   s.Slack.APIURL(),
		"OXHOST_API_KEY":  s.Oxhost.APIKey(),
		"OXHOST_API_URL":  s.Oxhost.URL(),
		"DATABASE_URL":    databaseURL,
		"HTTP_ADDR":       "127.0.0.1:0",
	}
}

// SQLiteURL returns the DATABASE_URL of a SQLite file in a directory.
func SQLiteURL(dir string) string { return "sqlite:" + filepath.Join(dir, "extendbot.db") }

// Environ returns settings in the form of [os.Environ], sorted.
func Environ(settings map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		list = append(list, name+"="+settings[name])
	}
	return list
}

// Close stops both servers.
func (s *Stage) Close() error {
	var errs []error
	if s.Slack != nil {
		errs = append(errs, s.Slack.Close())
	}
	if s.Oxhost != nil {
		errs = append(errs, s.Oxhost.Close())
	}
	return errors.Join(errs...)
}
