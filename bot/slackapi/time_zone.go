package slackapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// zoneLife is how long a person's time zone is remembered.
	zoneLife = time.Hour
	// maxZones limits how many time zones are remembered.
	maxZones = 4096
)

// ErrNoTimeZone reports that Slack does not say in which time zone a person is:
// the app lacks the scope users:read, or the person has none.
var ErrNoTimeZone = errors.New("slack does not say in which time zone the person is")

// personZone is a person's time zone, as Slack said it at a time.
type personZone struct {
	zone *time.Location
	at   time.Time
}

// TimeZone returns a person's time zone in Slack, which may be up to an hour old.
// It fails with [ErrNoTimeZone] if asking again cannot help, and otherwise with the
// errors of a call.
//
// https://docs.slack.dev/reference/methods/users.info
func (c *Client) TimeZone(ctx context.Context, user string) (*time.Location, error) {
	now := c.cfg.Now()
	if known, ok := c.zones.get(user); ok && now.Sub(known.at).Abs() < zoneLife {
		return known.zone, nil
	}
	said, err := c.userInfo(ctx, user)
	switch {
	case Rejected(err) || ClassOf(err) == ClassPermission:
		return nil, fmt.Errorf("%w: %w", ErrNoTimeZone, err)
	case err != nil:
		return nil, err
	case said.TZ == "":
		return nil, ErrNoTimeZone
	}
	zone, err := time.LoadLocation(said.TZ)
	if err != nil {
		return nil, fmt.Errorf("the time zone that slack names is not known here: %w", err)
	}
	c.zones.put(user, personZone{zone: zone, at: now})
	return zone, nil
}
