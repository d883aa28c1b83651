package check

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/bot/trial"
	"extendbot/internal/service"
	"extendbot/internal/settings"
)

// livePatience is how long the person has for the press.
const livePatience = 5 * time.Minute

var userID = regexp.MustCompile(`^[UW][A-Z0-9]+$`)

// ErrLiveUser means that it is not clear to whom the card of a live check goes.
var ErrLiveUser = errors.New("--live sends a card to one person")

// LiveUser returns the person to whom the card of a live check goes: user, or the only
// admin of the policy if that is "". Otherwise it fails with [ErrLiveUser].
func LiveUser(s settings.Settings, user string) (string, error) {
	if user != "" {
		if !userID.MatchString(user) {
			return "", fmt.Errorf("%w: --user must be the id of a Slack user, such as U0ALICE (in Slack: the person's profile, Copy member ID)", ErrLiveUser)
		}
		return user, nil
	}
	rules, err := service.NewRules(s, nil)
	if err != nil {
		return "", err
	}
	const someTeam = "T" // admins are the same in every workspace
	switch admins := rules.ForTeam(someTeam, nil).Admins(); len(admins) {
	case 1:
		return admins[0], nil
	case 0:
		return "", fmt.Errorf("%w: name that person with --user, because the policy has no admin", ErrLiveUser)
	default:
		return "", fmt.Errorf("%w: name that person with --user, because the policy has several admins (%s)", ErrLiveUser, strings.Join(admins, ", "))
	}
}

// live sends a person a card with one button, and waits for its press. It orders nothing.
// It comes last, because it waits for a person.
func (r *run) live(ctx context.Context) {
	const name = "live"
	if r.LiveUser == "" {
		return
	}
	if !r.slackWorks {
		r.report(name, "", errors.New("was not tried, because Slack does not work"))
		return
	}
	client := r.slackClient()
	defer client.Close()
	user, within := r.LiveUser, fmt.Sprintf("%d minutes", livePatience/time.Minute)
	took, err := trial.Press(ctx, client, user, livePatience, func() {
		r.progress(fmt.Sprintf("%s has a card in a direct message now: press its button within %s", user, within))
	})
	card, stays := errors.AsType[*trial.CardError](err)
	switch {
	case errors.Is(err, trial.ErrNotPressed) && !stays:
		err = fmt.Errorf("%s did not press the button within %s: try again, and look into the direct messages with the bot; "+
			"if it was pressed, another process is connected as this app", user, within)
	case slackapi.ClassOf(err) == slackapi.ClassPerson, slackapi.ClassOf(err) == slackapi.ClassChannel:
		err = fmt.Errorf("%w: check that %s is a person of this workspace, and that the Messages tab of the app is on", err, user)
	}
	if stays && r.stopped() {
		r.progress(card.Error())
	}
	r.report(name, fmt.Sprintf("%s pressed the button after %s, and the card says so; nothing was ordered", user, took.Round(time.Second)), err)
}
