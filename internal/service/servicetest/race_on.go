//go:build race

package servicetest

// UnderRace is true if the tests run with the race detector, with which loads take
// many times longer.
const UnderRace = true
