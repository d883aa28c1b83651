package oxhost

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/secret"
	"extendbot/order"
)

// decodeError says what is wrong with an answer, without quoting it.
type decodeError struct{ field, problem string }

func (e *decodeError) Error() string {
	if e.field == "" {
		return "the answer " + e.problem
	}
	return "the answer's " + e.field + " " + e.problem
}

// decoder turns answers into domain types.
type decoder struct {
	location *time.Location
	key      secret.Value // to be kept out of texts
}

func (c *Client) decoder() decoder { return decoder{c.location, c.key} }

// parse reads a body into one of the wire types.
func parse(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset >= int64(len(body)) {
		return &decodeError{"", "is empty or breaks off"}
	}
	return &decodeError{"", "is not JSON of the expected shape"} // err may quote it
}

// success reads the field that says whether 0xhost did what it was asked.
func (e envelope) success() (bool, error) {
	yes, ok := e.Success.is()
	if !ok {
		return false, &decodeError{"success", "is missing or not a boolean"}
	}
	return yes, nil
}

// receipt turns a success into a receipt. What says what was bought must make
// sense if it is there at all. What merely describes the server is dropped
// when it does not: the order went through all the same.
func (d decoder) receipt(a orderAnswer) (order.Receipt, error) {
	p := a.Data.value
	if p == (purchase{}) {
		p = a.purchase
	}
	s := p.ServerStatus.value

	orderID, err1 := p.OrderID.id("order_id")
	amount, err2 := p.Amount.money("amount")
	hours, err3 := p.HoursPurchased.hours("hours_purchased")
	serverID, err4 := s.ID.id("server_status.id")
	ownerID, err5 := s.OwnerID.id("server_status.owner_id")
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return order.Receipt{}, err
		}
	}
	switch {
	case amount.Decimal.IsNegative():
		return order.Receipt{}, &decodeError{"amount", "is negative"}
	case hours == 0 && p.HoursPurchased.given():
		return order.Receipt{}, &decodeError{"hours_purchased", "is 0"}
	}
	planID := d.words(p.PlanID, maxName)
	if planID == "" {
		planID = d.words(s.PlanID, maxName)
	}
	return order.Receipt{
		OrderID:       orderID,
		Type:          d.words(p.Type, maxName),
		Amount:        amount,
		BalanceBefore: optional(p.BalanceBefore.money("balance_before")),
		Hours:         hours,
		ServerID:      serverID,
		ServerName:    d.words(s.Name, maxName),
		ServerStatus:  d.words(s.Status, maxName),
		Address:       d.words(s.PrimaryIP, maxName),
		Location:      d.words(s.Location, maxName),
		PlanID:        planID,
		PlanPrice:     optional(s.PlanPrice.money("plan_price")),
		ExpiresAt:     d.moment(s.ExpireDate),
		OwnerID:       ownerID,
	}, nil
}

// optional drops a sum that makes no sense.
func optional(amount decimal.NullDecimal, err error) decimal.NullDecimal {
	if err != nil {
		return decimal.NullDecimal{}
	}
	return amount
}
