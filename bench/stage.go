package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

// A stage has as many channels as there are orders in flight, so that no card
// waits for another, and a server for each order, so that no order does.
const (
	inFlight = 50
	people   = 10
	// connections is what both programs open, the default of extendbot.
	connections = 2
)

// stage is a Slack and a 0xhost of one program's own.
type stage struct {
	slack  *slacksim.Server
	oxhost *oxhostsim.Server
	watch  *watch
}

func newStage() (_ *stage, err error) {
	s := &stage{watch: newWatch()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.slack, err = slacksim.Start(slacksim.Config{NoRecord: true, OnMessage: s.watch.seen}); err != nil {
		return nil, err
	}
	if s.oxhost, err = oxhostsim.Start(oxhostsim.Config{}); err != nil {
		return nil, err
	}
	var users []string
	for i := range people {
		users = append(users, userID(i))
		s.slack.AddUser(slacksim.User{ID: userID(i), Name: fmt.Sprintf("user%d", i)})
		s.oxhost.AddAccount(oxhostsim.Account{ID: accountID(i), Balance: decimal.New(1, 9), Active: true})
	}
	for i := range inFlight {
		s.slack.AddChannel(slacksim.Channel{ID: channelID(i), Name: fmt.Sprintf("bench-%d", i)})
		s.slack.Join(channelID(i), append(users, s.slack.BotUserID())...)
	}
	return s, nil
}

func userID(i int) string    { return fmt.Sprintf("U0BENCH%02d", i) }
func accountID(i int) string { return fmt.Sprintf("user00000-0000-0000-0000-%012d", i) }
func channelID(i int) string { return fmt.Sprintf("C0BENCH%02d", i) }

// newOrders makes n orders, each with a server of its own.
func (s *stage) newOrders(n int) []*order {
	list := s.watch.newOrders(n)
	for _, o := range list {
		s.oxhost.AddServer(oxhostsim.RentedServer{ID: o.server, OwnerID: accountOf(o.user)})
	}
	return list
}

func accountOf(user string) string {
	for i := range people {
		if userID(i) == user {
			return accountID(i)
		}
	}
	return ""
}

// sqliteIn is the URL of a database in a folder.
func sqliteIn(dir string) string { return "sqlite:" + filepath.Join(dir, "extendbot.db") }

// settings let a program work on this stage, with a database. The bare program
// reads the same ones, as far as it has use for them.
func (s *stage) settings(database string) map[string]string {
	var allowlist []string
	for i := range people {
		allowlist = append(allowlist, userID(i)+":"+accountID(i))
	}
	return map[string]string{
		"SLACK_APP_TOKEN":   s.slack.AppToken(),
		"SLACK_BOT_TOKEN":   s.slack.BotToken(),
		"SLACK_API_URL":     s.slack.APIURL(),
		"SLACK_CONNECTIONS": fmt.Sprint(connections),
		"OXHOST_API_KEY":    s.oxhost.APIKey(),
		"OXHOST_API_URL":    s.oxhost.URL(),
		"ALLOWLIST":         strings.Join(allowlist, ","),
		"DATABASE_URL":      database,
		"HTTP_ADDR":         "127.0.0.1:0",
	}
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
