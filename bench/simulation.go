package main

import (
	"strconv"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// There are as many channels as orders in flight, so that no card waits for
// another, and a server for each order, so that no order does.
const (
	inFlight = 50
	people   = 100
	// connections is what both programs open, the default of extendbot.
	connections = 2
)

// cast has no servers: each order gets its own.
var cast = stage.Crowd(people, inFlight, 0)

// simulation is the Slack and the 0xhost of one program.
type simulation struct {
	*stage.Stage

	tracker *tracker
}

func newSimulation() (*simulation, error) {
	s := &simulation{tracker: newTracker()}
	var err error
	s.Stage, err = stage.Start(cast, slacksim.Config{NoRecord: true, OnMessage: s.tracker.record})
	return s, err
}

// The people, accounts and channels of order i.

func userID(i int) string    { return cast.People[i%people].ID }
func accountID(i int) string { return cast.People[i%people].Account }
func channelID(i int) string { return cast.Channels[i%inFlight].ID }

// newOrders makes n orders, each with its own server.
func (s *simulation) newOrders(n int) []*trackedOrder {
	list := s.tracker.newOrders(n)
	for _, o := range list {
		s.AddServer(stage.Server{ID: o.server, Account: cast.AccountOf(o.user)})
	}
	return list
}

// settings returns the environment of a program here. The bare program reads those
// that it has use for.
func (s *simulation) settings(databaseURL string) map[string]string {
	env := s.Env(databaseURL)
	env["SLACK_CONNECTIONS"] = strconv.Itoa(connections)
	return env
}
