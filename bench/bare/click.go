package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// click acks a click, buys, updates the card and posts the receipt.
func (b *bot) click(ctx context.Context, client *socketmode.Client, envelope string, c slack.InteractionCallback) {
	b.ack(ctx, client, envelope, nil)
	if len(c.ActionCallback.BlockActions) != 1 {
		return
	}
	pressed := c.ActionCallback.BlockActions[0]
	b.mu.Lock()
	o, ok := b.orders[pressed.Value]
	delete(b.orders, pressed.Value)
	b.mu.Unlock()
	if !ok || o.user != c.User.ID || pressed.ActionID != "order_confirm" {
		return
	}
	bought, err := b.buy(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "order:", err)
		return
	}
	channel, ts := c.Container.ChannelID, c.Container.MessageTs
	if _, _, _, err := b.api.UpdateMessageContext(ctx, channel, ts, decided(o, bought)...); err != nil {
		fmt.Fprintln(os.Stderr, "card:", err)
	}
	if _, _, err := b.api.PostMessageContext(ctx, channel, append(receipt(o, bought), slack.MsgOptionTS(ts))...); err != nil {
		fmt.Fprintln(os.Stderr, "receipt:", err)
	}
}

// purchase is the part of create_order's answer that the receipt shows.
type purchase struct {
	Success bool        `json:"success"`
	Amount  json.Number `json:"amount"`
	Before  json.Number `json:"balance_before"`
	Hours   json.Number `json:"hours_purchased"`
	OrderID string      `json:"order_id"`
	Server  struct {
		Name     string `json:"name"`
		ID       string `json:"id"`
		Status   string `json:"status"`
		Address  string `json:"primary_ip"`
		Location string `json:"location"`
		Expires  string `json:"expire_date"`
	} `json:"server_status"`
}

// buy calls create_order.
//
// https://0xhost.net/documentation
func (b *bot) buy(ctx context.Context, o order) (purchase, error) {
	body, err := json.Marshal(map[string]any{"user_id": o.account, "server_id": o.server, "hours": o.hours})
	if err != nil {
		return purchase{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.oxhostURL+"orders/create_order", bytes.NewReader(body))
	if err != nil {
		return purchase{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-api-key", b.oxhostKey)
	res, err := b.http.Do(req)
	if err != nil {
		return purchase{}, err
	}
	defer func() { _ = res.Body.Close() }() // the body has been read
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return purchase{}, err
	}
	var p purchase
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, err
	}
	if !p.Success {
		return p, fmt.Errorf("0xhost answered %s", res.Status)
	}
	return p, nil
}
