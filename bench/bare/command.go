package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// order is a request that waits for a click.
type order struct {
	id, user, account, server string
	hours                     int
	deadline                  time.Time
}

// command acks /extend and posts the card.
func (b *bot) command(ctx context.Context, client *socketmode.Client, envelope string, c slack.SlashCommand) {
	o, err := b.parse(c)
	if err != nil {
		b.ack(ctx, client, envelope, map[string]any{"response_type": "ephemeral", "text": err.Error()})
		return
	}
	b.mu.Lock()
	b.last++
	o.id = fmt.Sprintf("bare-%010d", b.last)
	b.orders[o.id] = o
	b.mu.Unlock()
	b.ack(ctx, client, envelope, nil)
	if _, _, err := b.api.PostMessageContext(ctx, c.ChannelID, card(o)...); err != nil {
		fmt.Fprintln(os.Stderr, "card:", err)
	}
}

func (b *bot) parse(c slack.SlashCommand) (order, error) {
	account, ok := b.accounts[c.UserID]
	if !ok {
		return order{}, fmt.Errorf("%s is not on the allowlist", c.UserID)
	}
	words := strings.Fields(c.Text)
	if len(words) != 2 {
		return order{}, fmt.Errorf("usage: /extend <server> <hours>")
	}
	hours, err := strconv.Atoi(words[1])
	if err != nil || hours < 1 || hours > 720 {
		return order{}, fmt.Errorf("%q is not a number of hours", words[1])
	}
	return order{user: c.UserID, account: account, server: words[0], hours: hours, deadline: time.Now().Add(15 * time.Minute)}, nil
}
