package order_test

import (
	"errors"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// purchase is what the model knows about an order, from what was committed.
type purchase struct {
	id              order.ID
	person          order.Person
	account, server string
	hours           order.Hours // of this order alone

	state    order.State
	said     []string // who approved it
	estimate decimal.NullDecimal
	at       time.Time // of the last approval
	charge   decimal.NullDecimal
}

// purchase returns what the model knows about the order with an id.
func (w *spending) purchase(id order.ID) *purchase {
	return w.all[slices.IndexFunc(w.all, func(p *purchase) bool { return p.id == id })]
}

// committed takes a transition that was committed into the model, and checks it.
func (w *spending) committed(e order.Entry) {
	next, judged := w.now.next, w.now.press
	p := w.purchase(next.ID)
	if len(p.said) > 0 && order.FormatAmount(next.Estimate.Amount) != order.FormatAmount(p.estimate) {
		fatalf("order %s was approved for %v by %v, and costs %v", p.id, p.estimate, p.said, next.Estimate)
	}
	p.state, p.estimate = e.To, next.Estimate.Amount
	if next.Receipt != nil {
		p.charge = next.Receipt.Amount
	}
	if judged == nil || e.From != order.Pending || e.Who == order.Bot || e.To != order.Pending && e.To != order.Approved {
		return
	}
	if !slices.Contains(p.said, e.Who) {
		p.said = append(p.said, e.Who)
	}
	if seen := judged.seen; seen.Valid && p.estimate.Valid {
		over := p.estimate.Decimal.Sub(seen.Decimal)
		if over.GreaterThan(decimal.New(1, -2)) && over.Mul(decimal.NewFromInt(10)).GreaterThan(seen.Decimal) {
			fatalf("%s approved order %s for %s on a card that says %s", e.Who, p.id, p.estimate.Decimal, seen.Decimal)
		}
	}
	if e.To != order.Approved {
		return
	}
	p.at = e.At
	for _, l := range judged.rules.Limits {
		if !w.fits(l, p, e.At) {
			fatalf("order %s was approved over the limit %+v", p.id, l)
		}
	}
	if !p.estimate.Valid && needsPrice(judged.rules, p) && !p.adminSaidYes(judged.rules) {
		fatalf("order %s was approved by %v without a price", p.id, p.said)
	}
}

// needsPrice reports whether a limit or a rule goes by the price of an order.
func needsPrice(r ordertest.Rules, p *purchase) bool {
	return slices.ContainsFunc(r.Limits, func(l order.Limit) bool { return l.Hours == 0 }) ||
		slices.ContainsFunc(r.Approvals, func(a ordertest.Approval) bool { return a.AmountOver.Valid && p.hours > a.HoursOver })
}

func (p *purchase) adminSaidYes(r ordertest.Rules) bool {
	return slices.ContainsFunc(p.said, func(user string) bool { return user != p.person.User && slices.Contains(r.Admins, user) })
}

// fits reports whether an order and what counts against a limit at a time are within it.
// It is written without the code of limits.
func (w *spending) fits(l order.Limit, p *purchase, at time.Time) bool {
	hours, amount := 0, decimal.Zero
	for _, other := range w.all {
		reserved := other.state == order.Approved || other.state == order.Placing || other.state == order.Unknown
		if other.id == p.id || !reserved && other.state != order.Placed || at.Sub(other.at) >= l.Within || !together(l.Per, p, other) {
			continue
		}
		hours += int(other.hours)
		switch {
		case other.state == order.Placed && other.charge.Valid:
			amount = amount.Add(other.charge.Decimal)
		case other.estimate.Valid:
			amount = amount.Add(other.estimate.Decimal)
		}
	}
	switch {
	case l.Hours > 0:
		return hours+int(p.hours) <= int(l.Hours)
	case p.estimate.Valid:
		return amount.Add(p.estimate.Decimal).Cmp(l.Amount.Decimal) <= 0
	default:
		return amount.Cmp(l.Amount.Decimal) < 0
	}
}

func together(per order.LimitPer, a, b *purchase) bool {
	return per == order.PerAll || per == order.PerPerson && a.person == b.person ||
		per == order.PerServer && a.server == b.server || per == order.PerAccount && a.account == b.account
}

// checkRefused checks that the limit of an error stops an order, and that enough is free
// at the time that it names and not before.
func (w *spending) checkRefused(p *purchase, rules ordertest.Rules, at time.Time, err error) {
	e, _ := errors.AsType[*order.Error](err)
	l, free := e.Limit.Limit, e.Limit.FreeAt
	switch {
	case !slices.Contains(rules.Limits, l), w.fits(l, p, at):
		fatalf("order %s is within the limit %+v, and was refused", p.id, l)
	case free.IsZero() && w.fits(l, p, at.Add(1000*time.Hour)):
		fatalf("order %s is not alone more than %+v", p.id, l)
	case !free.IsZero() && (!w.fits(l, p, free) || w.fits(l, p, free.Add(-time.Microsecond))):
		fatalf("enough for order %s is not free at %s", p.id, free)
	}
}
