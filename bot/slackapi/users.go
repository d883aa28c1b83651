package slackapi

import (
	"context"
	"errors"

	"github.com/slack-go/slack"
)

// ErrNoUser reports that the workspace of the bot token has no such user, or that the
// bot cannot see them.
var ErrNoUser = errors.New("the workspace does not know this user")

// User is a person or a bot, as the workspace of the bot token knows them.
type User struct {
	ID       string
	Name     string // as in mentions
	Deleted  bool   // deactivated
	Bot      bool
	External bool // of another organization
}

// User returns the user with this id, or [ErrNoUser]. Its other errors are those of a
// call.
//
// https://docs.slack.dev/reference/methods/users.info
func (c *Client) User(ctx context.Context, id string) (User, error) {
	said, err := c.userInfo(ctx, id)
	switch {
	case ClassOf(err) == ClassPerson:
		return User{}, errors.Join(ErrNoUser, err)
	case err != nil:
		return User{}, err
	}
	return User{ID: said.ID, Name: said.Name, Deleted: said.Deleted, Bot: said.IsBot, External: said.IsStranger}, nil
}

func (c *Client) userInfo(ctx context.Context, id string) (*slack.User, error) {
	var said *slack.User
	err := c.call(ctx, "users.info", "users.info", true, func(ctx context.Context) (err error) {
		if said, err = c.api.GetUserInfoContext(ctx, id); err != nil {
			return err
		}
		return complete(said.ID, nil)
	})
	return said, err
}

// BotApp returns the id of the app to which the bot token belongs. Its errors are
// those of a call; without the scope users:read, that is [ClassPermission].
//
// https://docs.slack.dev/reference/methods/bots.info
func (c *Client) BotApp(ctx context.Context, who Identity) (string, error) {
	var bot *slack.Bot
	err := c.call(ctx, "bots.info", "bots.info", true, func(ctx context.Context) (err error) {
		if bot, err = c.api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: who.BotID}); err != nil {
			return err
		}
		return complete(bot.AppID, nil)
	})
	if err != nil {
		return "", err
	}
	return bot.AppID, nil
}
