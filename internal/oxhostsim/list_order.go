package oxhostsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// defaultPageSize is how many orders a page has by default.
const defaultPageSize = 10

// Listing says how list_order answers where its documentation leaves a choice.
// The zero value is ten orders per page, newest first, with the type names of
// create_order.
type Listing struct {
	// PageSize is the number of orders on a page. Default 10.
	PageSize int
	// OldestFirst lists the oldest order first instead of the newest.
	OldestFirst bool
	// TypeNames maps order types to the names in the list, such as TypeRenew to
	// "extend".
	TypeNames map[string]string
	// Lag is how old an order must be to be listed.
	Lag time.Duration
	// Hidden hides all orders.
	Hidden bool
	// IgnoresPage answers every page with the first one, like a server without
	// paging.
	IgnoresPage bool
}

// SetListing changes how list_order answers from now on.
func (s *Server) SetListing(l Listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listing = l
}

// listOrder serves GET orders/list_order: ?order_id, or ?user_id&page&type_order.
func (s *Server) listOrder(c call) answer {
	query := c.URL.Query()
	orderID, userID, kind := query.Get("order_id"), query.Get("user_id"), query.Get("type_order")
	if orderID == "" && userID == "" {
		return refusal(http.StatusBadRequest, "Missing user_id or order_id")
	}
	page := 1
	if text := query.Get("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return refusal(http.StatusBadRequest, "Invalid page")
		}
		page = n
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	found := slices.DeleteFunc(slices.Clone(s.orders), func(o *Order) bool {
		return s.listing.Hidden || s.hidden[o.ID] || s.listing.Lag > 0 && s.cfg.Now().Sub(o.At) < s.listing.Lag ||
			orderID != "" && o.ID != orderID ||
			userID != "" && o.AccountID != userID ||
			kind != "" && s.typeName(o) != kind
	})
	slices.SortStableFunc(found, func(a, b *Order) int { return a.At.Compare(b.At) })
	if !s.listing.OldestFirst {
		slices.Reverse(found)
	}
	lines := []object{} // an empty list is [], not null
	for _, o := range s.listing.page(found, page) {
		lines = append(lines, s.orderJSON(o))
	}
	return answer{http.StatusOK, object{{"success", true}, {"data", lines}}}
}

func (l Listing) page(orders []*Order, page int) []*Order {
	size := l.PageSize
	if size <= 0 {
		size = defaultPageSize
	}
	if l.IgnoresPage {
		page = 1
	}
	if page > (len(orders)+size-1)/size {
		return nil
	}
	return orders[(page-1)*size : min(page*size, len(orders))]
}

// typeName returns the name of an order's type in the list. The caller holds
// s.mu.
func (s *Server) typeName(o *Order) string {
	if name, ok := s.listing.TypeNames[o.Type]; ok {
		return name
	}
	return o.Type
}

// orderJSON returns an order in the form of list_order. The caller holds s.mu.
func (s *Server) orderJSON(o *Order) object {
	username := ""
	if a := s.accounts[o.AccountID]; a != nil {
		username = a.Username
	}
	name := s.typeName(o)
	return object{
		{"id", o.ID},
		{"user_id", o.AccountID},
		{"server_id", o.ServerID},
		{"order_number", fmt.Sprintf("CLOUD_%s_%.6s", o.At.In(s.cfg.Location).Format("20060102150405"), o.ID)},
		{"order_type", name},
		{"status", o.Status},
		{"rental_duration_hours", o.Hours},
		{"amount", o.Amount.StringFixed(2)},
		{"currency", s.cfg.Currency},
		{"description", fmt.Sprintf("%s for %d hours", name, o.Hours)},
		{"created_at", s.formatTime(o.At)},
		{"updated_at", s.formatTime(o.At)},
		{"username", username},
	}
}
