package main

import (
	"strconv"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// There are as many channels as orders in flight, so that no card waits for
// another one, and one server per order, so that no order waits.
const (
	inFlight = 50
	people   = 100
	// connections is how many both programs open, extendbot's default.
	connections = 2
)

// cast has no servers: each order gets its own.
var cast = stage.Crowd(people, inFlight, 0)

// simulation is the simulated Slack and 0xhost for one program.
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

// newOrders returns n orders, each with its own server.
func (s *simulation) newOrders(n int) []*trackedOrder {
	list := s.tracker.newOrders(n)
	for _, o := range list {
		s.AddServer(stage.Server{ID: o.server, Account: cast.AccountOf(o.user)})
	}
	return list
}

// settings returns the environment of a program for this simulation. The bare
// program reads the settings that it needs.
func (s *simulation) settings(databaseURL string) map[string]string {
	env := s.Env(databaseURL)
	env["SLACK_CONNECTIONS"] = strconv.Itoa(connections)
	return env
}
