package oxhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"extendbot/order"
)

// errInvalidExtension means that an extension cannot be sent.
var errInvalidExtension = errors.New("the account, the server or the hours are not valid")

// extendJSON is the body of orders/create_order for an extension. With any other
// field the call would be another purchase.
type extendJSON struct {
	UserID   string `json:"user_id"`
	ServerID string `json:"server_id"`
	Hours    int    `json:"hours"`
}

// ExtendServer buys hours for a server: POST orders/create_order. It spends money.
// It sends the request at most once, and no byte of it after e.SendBy.
//
// Every error is an [*order.PlaceError]; the comment in verdict.go lists the
// verdict for each answer. The receipt can be stored and shown. Its currency and
// the duration of the call are not set. The caller must compare it with the
// request, see [order.Receipt.Mismatches].
func (c *Client) ExtendServer(ctx context.Context, e order.Extension) (order.Receipt, error) {
	if !order.ValidHostID(e.Account) || !order.ValidHostID(e.ServerID) || e.Hours < 1 {
		return order.Receipt{}, notMade(errInvalidExtension)
	}
	body, err := json.Marshal(extendJSON{UserID: e.Account, ServerID: e.ServerID, Hours: int(e.Hours)})
	if err != nil {
		return order.Receipt{}, notMade(err)
	}
	request, err := c.newRequest(ctx, http.MethodPost, "orders/create_order", nil, bytes.NewReader(body))
	if err != nil {
		return order.Receipt{}, notMade(err)
	}
	return c.decoder.judge(c.exchange(c.orders, request, &sendGuard{deadline: e.SendBy, now: c.now}))
}

// notMade returns the verdict on a request that could not be created.
func notMade(err error) *order.PlaceError {
	return &order.PlaceError{Verdict: order.NeverSent, Reason: "the request to 0xhost could not be created", Err: err}
}
