package oxhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"extendbot/order"
)

// errBadExtension says that an extension is not one that can be sent.
var errBadExtension = errors.New("the account, the server or the hours are not valid")

// ExtendServer buys hours for a server: POST orders/create_order. It sends the
// request at most once, nothing of it after e.SendBy, and spends money.
//
// Every error is an [*order.PlaceError]; verdict.go has the table. The receipt
// lacks the currency and how long the call took. Its times are in the zone of
// [WithLocation]. Whether it is for what was asked is the caller's to compare:
// see [order.Receipt.Mismatches].
func (c *Client) ExtendServer(ctx context.Context, e order.Extension) (order.Receipt, error) {
	if !order.ValidHostID(e.Account) || !order.ValidHostID(e.ServerID) || e.Hours < 1 {
		return order.Receipt{}, neverSent(errBadExtension)
	}
	body, err := json.Marshal(extendRequest{UserID: e.Account, ServerID: e.ServerID, Hours: int(e.Hours)})
	if err != nil {
		return order.Receipt{}, neverSent(err)
	}
	request, err := c.newRequest(ctx, http.MethodPost, "orders/create_order", nil, bytes.NewReader(body))
	if err != nil {
		return order.Receipt{}, neverSent(err)
	}
	return c.decoder().judge(c.exchange(c.orders, request, &sendGuard{by: e.SendBy, now: c.now}))
}

// neverSent is the verdict on a request that could not even be made.
func neverSent(err error) *order.PlaceError {
	return &order.PlaceError{Verdict: order.NeverSent, Reason: "the request to 0xhost could not be made", Err: err}
}
