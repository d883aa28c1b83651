package oxhost

import (
	"context"
	"net/url"
	"strconv"

	"extendbot/order"
)

const (
	// defaultMaxPages is how many pages ListOrders reads unless told otherwise.
	defaultMaxPages = 20
	// wholeList is how many pages Orders reads: accounts with more orders than
	// fit there have no complete list.
	wholeList = 50
)

// OrderQuery says which orders to list.
type OrderQuery struct {
	// AccountID is the account that paid. It is required.
	AccountID string
	// Type is the order_type to list; "" for all. Which types there are is not
	// documented.
	Type string
	// MaxPages is how many pages are read at most. Default 20.
	MaxPages int
}

var _ order.HostOrders = (*Client)(nil)

// Orders implements [order.Books]: it is ListOrders for all orders of an
// account, as far as fifty pages go.
func (c *Client) Orders(ctx context.Context, account string) (order.HostOrderList, error) {
	return c.ListOrders(ctx, OrderQuery{AccountID: account, MaxPages: wholeList})
}

// ListOrders lists an account's orders: GET orders/list_order, page after page
// until one brings nothing new. Every error is an [*Error], and then there is
// no list.
//
// How the list ends is not documented. An empty page ends it, and so does one
// that repeats what was there, save for the second one: then the server seems
// to ignore the page, and what would be on the others is not known.
func (c *Client) ListOrders(ctx context.Context, q OrderQuery) (order.HostOrderList, error) {
	pages := q.MaxPages
	if pages <= 0 {
		pages = defaultMaxPages
	}
	list := listing{HostOrderList: order.HostOrderList{Complete: true}, seen: map[string]bool{}}
	for page := range pages {
		query := url.Values{"user_id": {q.AccountID}, "page": {strconv.Itoa(page + 1)}}
		if q.Type != "" {
			query.Set("type_order", q.Type)
		}
		var a listAnswer
		if err := c.read(ctx, "orders/list_order", query, &a); err != nil {
			return order.HostOrderList{}, err
		}
		if !a.Data.seen {
			return order.HostOrderList{}, &Error{Op: "list_order", Err: &decodeError{"data", "is not a list"}}
		}
		if news := list.add(c.decoder(), a.Data); news == 0 {
			list.Complete = list.Complete && (page != 1 || len(a.Data.items) == 0)
			return list.HostOrderList, nil
		}
	}
	list.Complete = false
	return list.HostOrderList, nil
}

// listing is a list that is being read.
type listing struct {
	order.HostOrderList
	seen map[string]bool
}

// add takes the lines of a page and says how many of them are new.
func (l *listing) add(d decoder, page list[orderLine]) (news int) {
	if page.strange > 0 {
		l.Complete = false
	}
	for _, line := range page.items {
		listed, ok := d.listed(line)
		l.Complete = l.Complete && ok
		if listed.ID == "" || l.seen[listed.ID] {
			continue
		}
		l.seen[listed.ID] = true
		l.Orders = append(l.Orders, listed)
		news++
	}
	return news
}

// listed turns a line into an order, and reports whether the fields that tell
// orders apart make sense: id, account, server and hours.
func (d decoder) listed(line orderLine) (order.HostOrder, bool) {
	id, err1 := line.ID.id("id")
	accountID, err2 := line.UserID.id("user_id")
	serverID, err3 := line.ServerID.id("server_id")
	hours, err4 := line.Hours.hours("rental_duration_hours")
	return order.HostOrder{
		ID:        id,
		AccountID: accountID,
		ServerID:  serverID,
		Type:      d.words(line.OrderType, maxName),
		Status:    d.words(line.Status, maxName),
		Hours:     hours,
		Amount:    optional(line.Amount.money("amount")),
		Currency:  d.words(line.Currency, maxName),
		CreatedAt: d.moment(line.CreatedAt),
	}, id != "" && err1 == nil && err2 == nil && err3 == nil && err4 == nil
}
