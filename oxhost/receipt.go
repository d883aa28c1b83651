package oxhost

import (
	"github.com/shopspring/decimal"

	"extendbot/order"
)

// This file converts the answer of create_order to an [order.Receipt]. To show
// another field on the receipt, add it to purchaseJSON or serverStatusJSON,
// convert it in receipt, and add it to [order.Receipt] and to the receipt's
// message. Never add a field that may contain a secret.

// createOrderJSON is the answer of orders/create_order. The purchase is at the
// top level, as in the example on the API page, or in data, as in its table.
type createOrderJSON struct {
	envelope
	purchaseJSON
	Data optionalObject[purchaseJSON] `json:"data"`
}

// purchaseJSON is what was bought.
type purchaseJSON struct {
	OrderID        scalar                           `json:"order_id"`
	Type           scalar                           `json:"type"`
	Amount         scalar                           `json:"amount"`
	BalanceBefore  scalar                           `json:"balance_before"`
	HoursPurchased scalar                           `json:"hours_purchased"`
	PlanID         scalar                           `json:"plan_id"`
	ServerStatus   optionalObject[serverStatusJSON] `json:"server_status"`
}

// serverStatusJSON is the server after the purchase.
type serverStatusJSON struct {
	ID         scalar `json:"id"`
	Name       scalar `json:"name"`
	Status     scalar `json:"status"`
	PrimaryIP  scalar `json:"primary_ip"`
	Location   scalar `json:"location"`
	PlanID     scalar `json:"plan_id"`
	PlanPrice  scalar `json:"plan_price"`
	ExpireDate scalar `json:"expire_date"`
	AutoRenew  scalar `json:"auto_renew"` // 0 or 1
	OwnerID    scalar `json:"owner_id"`
}

// receipt turns a successful answer into a receipt, every value of which can be
// stored and shown. It fails if the amount or the hours are not numbers: such an
// answer does not say what was bought. Any other invalid field is dropped,
// because the order went through anyway; invalid ids are listed in Invalid. All
// fields may be missing.
func (d decoder) receipt(a createOrderJSON) (order.Receipt, error) {
	p := a.Data.value
	if p == (purchaseJSON{}) {
		p = a.purchaseJSON
	}
	s := p.ServerStatus.value

	amount, err := p.Amount.money("amount")
	if err != nil {
		return order.Receipt{}, err
	}
	hours, err := p.HoursPurchased.hours("hours_purchased")
	if err != nil {
		return order.Receipt{}, err
	}
	if hours == 0 && p.HoursPurchased.present() {
		return order.Receipt{}, &decodeError{"hours_purchased", "is 0"}
	}
	var invalid []string
	id := func(value scalar, field string) string {
		id, err := d.id(value, field)
		if err != nil {
			invalid = append(invalid, field)
		}
		return id
	}
	orderID, serverID, ownerID := id(p.OrderID, "order_id"), id(s.ID, "server_id"), id(s.OwnerID, "owner_id")
	planID := d.cleanText(p.PlanID)
	if planID == "" {
		planID = d.cleanText(s.PlanID)
	}
	return order.Receipt{
		OrderID:       orderID,
		Type:          d.cleanText(p.Type),
		Amount:        amount,
		BalanceBefore: dropInvalid(p.BalanceBefore.money("balance_before")),
		Hours:         hours,
		ServerID:      serverID,
		ServerName:    d.cleanText(s.Name),
		ServerStatus:  d.cleanText(s.Status),
		Address:       d.cleanText(s.PrimaryIP),
		Location:      d.cleanText(s.Location),
		PlanID:        planID,
		PlanPrice:     dropInvalid(s.PlanPrice.money("plan_price")),
		ExpiresAt:     d.time(s.ExpireDate),
		OwnerID:       ownerID,
		AutoRenew:     s.AutoRenew.isOne(),
		Invalid:       invalid,
	}, nil
}

// dropInvalid returns an amount, or null if there was an error.
func dropInvalid(amount decimal.NullDecimal, err error) decimal.NullDecimal {
	if err != nil {
		return decimal.NullDecimal{}
	}
	return amount
}
