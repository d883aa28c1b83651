package ledger

import (
	"errors"

	"extendbot/order"
)

// orderOf gives the order that err carries, nil if none.
func orderOf(err error) *order.Order {
	if e, ok := errors.AsType[*order.Error](err); ok {
		return e.Order
	}
	return nil
}

// unavailable wraps an error that has no code of its own: whatever a database
// says, its caller can do no more than try again and tell somebody.
func unavailable(err error, detail string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*order.Error](err); ok {
		return err
	}
	return &order.Error{Code: order.CodeUnavailable, Detail: detail, Err: err}
}
