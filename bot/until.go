package bot

import (
	"context"
	"errors"
	"time"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/bot/slackapi"
)

// zoneTimeout limits how long Slack is asked for a person's time zone, which
// happens before the ack.
const zoneTimeout = 1500 * time.Millisecond

var errZoneTimeout = errors.New("slack did not name the time zone in time")

// until returns the time until which a server is to run, and how the order shows
// it. Its errors are [*message.UsageError], and those of the policy. A time that
// Slack cannot be asked about now is refused: another time zone than the person's
// would buy other hours.
func (h *handlers) until(ctx context.Context, t typed) (time.Time, string, error) {
	if _, err := h.cfg.Servers(t.by); err != nil {
		return time.Time{}, "", err
	}
	own, err := h.zoneOf(ctx, t)
	if err != nil {
		h.logPerson(t.e, t.by).WithField(fieldError, err).Warn("a time zone is not known; the command is refused")
		return time.Time{}, "", h.noZone(t)
	}
	in := own
	if in == nil {
		in = h.cfg.Timezone
	}
	now := h.cfg.Now()
	if !t.at.IsZero() && t.at.Before(now) { // "until 18:00" means the day on which it was typed
		now = t.at
	}
	at, err := t.UntilTime(now, in)
	if err != nil {
		return time.Time{}, "", err
	}
	return at, command.TypedUntil(at, own), nil
}

// noZone returns the error for a time whose zone is not known now. In UTC, the
// same time works.
func (h *handlers) noZone(t typed) error {
	utc := t.Command
	utc.Until.UTC = true
	utc.Typed = utc.Until.String()
	return &message.UsageError{Problem: message.ProblemNoZone, Try: []string{utc.String()}, Limit: h.cfg.MaxHours}
}

// zoneOf returns the time zone of the person who typed a command, or nil if Slack
// does not say: Config.Timezone counts then, and the order names it.
func (h *handlers) zoneOf(ctx context.Context, t typed) (*time.Location, error) {
	if t.Until.UTC {
		return nil, nil //nolint:nilnil // no zone, and no need for one
	}
	ctx, cancel := context.WithTimeoutCause(ctx, zoneTimeout, errZoneTimeout)
	defer cancel()
	own, err := h.slack.TimeZone(ctx, t.by.User)
	if errors.Is(err, slackapi.ErrNoTimeZone) {
		return nil, nil //nolint:nilnil // as documented
	}
	return own, err
}
