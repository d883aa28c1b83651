package oxhost

import (
	"context"
	"net/url"
	"strconv"

	"extendbot/order"
)

// maxPages is how many pages of a list are read. The list of an account with
// more orders never counts as complete.
const maxPages = 50

// listOrderJSON is the answer of orders/list_order.
type listOrderJSON struct {
	envelope
	Data objectList[listedOrderJSON] `json:"data"`
}

// listedOrderJSON is one order of the list.
type listedOrderJSON struct {
	ID        scalar `json:"id"`
	UserID    scalar `json:"user_id"`
	ServerID  scalar `json:"server_id"`
	OrderType scalar `json:"order_type"`
	Status    scalar `json:"status"`
	Hours     scalar `json:"rental_duration_hours"`
	Amount    scalar `json:"amount"`
	Currency  scalar `json:"currency"`
	CreatedAt scalar `json:"created_at"`
}

var _ order.HostOrders = (*Client)(nil)

// Orders implements [order.HostOrders]. It lists the orders of an account: GET
// orders/list_order, page by page until a page has nothing new, at most 50
// pages. Every error is a [*ReadError], and then no part of the list is
// returned.
//
// 0xhost does not document how the list ends. An empty page ends it, and so does
// a page that only repeats earlier orders. If the second page repeats the first,
// the server probably ignores the page number, and the list does not count as
// complete.
func (c *Client) Orders(ctx context.Context, account string) (order.HostOrderList, error) {
	list := listBuilder{HostOrderList: order.HostOrderList{Complete: true}, seen: map[string]bool{}}
	for page := range maxPages {
		query := url.Values{"user_id": {account}, "page": {strconv.Itoa(page + 1)}}
		var a listOrderJSON
		if err := c.read(ctx, "orders/list_order", query, &a); err != nil {
			return order.HostOrderList{}, err
		}
		if !a.Data.present {
			return order.HostOrderList{}, &ReadError{Op: "list_order", Err: &decodeError{"data", "is not a list"}}
		}
		if added := list.add(c.decoder, a.Data); added == 0 {
			list.Complete = list.Complete && (page != 1 || len(a.Data.items) == 0)
			return list.HostOrderList, nil
		}
	}
	list.Complete = false
	return list.HostOrderList, nil
}

// listBuilder collects the orders of a list, each once.
type listBuilder struct {
	order.HostOrderList
	seen map[string]bool // by order id
}

// add adds the orders of a page, and returns how many of them are new.
func (l *listBuilder) add(d decoder, page objectList[listedOrderJSON]) (added int) {
	if page.others > 0 {
		l.Complete = false
	}
	for _, item := range page.items {
		listed, ok := d.hostOrder(item)
		l.Complete = l.Complete && ok
		if listed.ID == "" || l.seen[listed.ID] {
			continue
		}
		l.seen[listed.ID] = true
		l.Orders = append(l.Orders, listed)
		added++
	}
	return added
}

// hostOrder decodes one order of a list. It reports whether the fields that
// identify the order are valid: id, account, server and hours. Other fields are
// dropped if they are invalid.
func (d decoder) hostOrder(item listedOrderJSON) (order.HostOrder, bool) {
	id, err1 := d.id(item.ID, "id")
	accountID, err2 := d.id(item.UserID, "user_id")
	serverID, err3 := d.id(item.ServerID, "server_id")
	hours, err4 := item.Hours.hours("rental_duration_hours")
	return order.HostOrder{
		ID:        id,
		AccountID: accountID,
		ServerID:  serverID,
		Type:      d.cleanText(item.OrderType),
		Status:    d.cleanText(item.Status),
		Hours:     hours,
		Amount:    dropInvalid(item.Amount.money("amount")),
		Currency:  d.cleanText(item.Currency),
		CreatedAt: d.time(item.CreatedAt),
	}, id != "" && err1 == nil && err2 == nil && err3 == nil && err4 == nil
}
