package oxhost

import (
	"bytes"
	"encoding/json"
)

// The types of this file are what goes over the wire, field by field as the
// API's pages name them. Whatever is not here is not decoded, above all
// password and server_status.metadata. Decoding into them fails only if the
// body is no JSON; what its values are worth is judged in decode.go.

// extendRequest is the body of orders/create_order for an extension. One field
// more, and it would be another purchase.
type extendRequest struct {
	UserID   string `json:"user_id"`
	ServerID string `json:"server_id"`
	Hours    int    `json:"hours"`
}

// envelope is what all answers have in common.
type envelope struct {
	Success flag   `json:"success"`
	Message scalar `json:"message"`
}

// orderAnswer is the answer of orders/create_order: flat as in the page's
// example, or with the purchase in data as in its table.
type orderAnswer struct {
	envelope
	purchase
	Data section[purchase] `json:"data"`
}

// purchase is what was sold.
type purchase struct {
	OrderID        scalar                `json:"order_id"`
	Type           scalar                `json:"type"`
	Amount         scalar                `json:"amount"`
	BalanceBefore  scalar                `json:"balance_before"`
	HoursPurchased scalar                `json:"hours_purchased"`
	PlanID         scalar                `json:"plan_id"`
	ServerStatus   section[serverStatus] `json:"server_status"`
}

// serverStatus is the server after the purchase.
type serverStatus struct {
	ID         scalar `json:"id"`
	Name       scalar `json:"name"`
	Status     scalar `json:"status"`
	PrimaryIP  scalar `json:"primary_ip"`
	Location   scalar `json:"location"`
	PlanID     scalar `json:"plan_id"`
	PlanPrice  scalar `json:"plan_price"`
	ExpireDate scalar `json:"expire_date"`
	OwnerID    scalar `json:"owner_id"`
}

// accountAnswer is the answer of info_user.
type accountAnswer struct {
	envelope
	User section[account] `json:"user"`
}

// account is a customer, without the personal data.
type account struct {
	Username scalar `json:"username"`
	Balance  scalar `json:"balance"`
	IsActive scalar `json:"isActive"`
}

// listAnswer is the answer of orders/list_order.
type listAnswer struct {
	envelope
	Data list[orderLine] `json:"data"`
}

// orderLine is one order of the list.
type orderLine struct {
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

// flag is a boolean that must be one: 1, "true" or two that differ are none.
type flag struct{ seen, yes, odd bool }

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flag) UnmarshalJSON(b []byte) error {
	yes := string(b) == "true"
	f.odd = f.odd || !yes && string(b) != "false" || f.seen && f.yes != yes
	f.seen, f.yes = true, yes
	return nil
}

// is reports the value, and whether there is a usable one.
func (f flag) is() (yes, ok bool) { return f.yes, f.seen && !f.odd }

// scalar is a value of which only its text counts, because 0xhost writes the
// same number now as a number and now as a string. Null is as good as absent.
type scalar struct {
	kind scalarKind
	text string
}

type scalarKind byte

const (
	absent   scalarKind = iota
	text                // a string
	number              // a number, as it was written
	boolean             // true or false
	compound            // an object or an array; its text is not kept
)

// UnmarshalJSON implements [json.Unmarshaler].
func (s *scalar) UnmarshalJSON(b []byte) error {
	*s = scalar{}
	switch b[0] {
	case 'n':
	case '"':
		s.kind = text
		return json.Unmarshal(b, &s.text)
	case 't', 'f':
		s.kind, s.text = boolean, string(b)
	case '{', '[':
		s.kind = compound
	default:
		s.kind, s.text = number, string(b)
	}
	return nil
}

// section is an object that may also be null, or an array as PHP writes an
// empty or a single one. Anything else counts as absent.
type section[T any] struct{ value T }

// UnmarshalJSON implements [json.Unmarshaler].
func (s *section[T]) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '{':
		return json.Unmarshal(b, &s.value)
	case '[':
		var only list[T]
		if err := only.UnmarshalJSON(b); err != nil {
			return err
		}
		if len(only.items) == 1 && only.strange == 0 {
			s.value = only.items[0]
		}
	}
	return nil
}

// list is an array of objects, or null for none.
type list[T any] struct {
	items   []T
	strange int  // elements that are no objects
	seen    bool // there was an array or a null
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = list[T]{}
	switch b[0] {
	case 'n':
		l.seen = true
	case '[':
		l.seen = true
		var elements []json.RawMessage
		if err := json.Unmarshal(b, &elements); err != nil {
			return err
		}
		for _, element := range elements {
			if !bytes.HasPrefix(element, []byte("{")) {
				l.strange++
				continue
			}
			var item T
			if err := json.Unmarshal(element, &item); err != nil {
				return err
			}
			l.items = append(l.items, item)
		}
	}
	return nil
}
