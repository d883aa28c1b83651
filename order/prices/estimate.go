package prices

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

var _ order.Prices = (*Watch)(nil)

// Estimate implements [order.Prices]. The price is that of the server's newest receipt or
// of its newest line in any account's list, whichever is newer, and otherwise that of the
// policy. A line that agrees with the price of the receipt or of the policy changes
// nothing: its amount is rounded, so what follows from it is less precise.
func (w *Watch) Estimate(ctx context.Context, o order.Order) (order.Estimate, error) {
	last, err := w.cfg.LastReceipt(ctx, o.Server.ID)
	if err != nil {
		return order.Estimate{}, fmt.Errorf("estimate: %w", err)
	}
	stated, from := order.Receipt{PlanPrice: w.cfg.PlanPrice(o.Server.ID)}, order.PriceFromPolicy
	if last != nil && priced(*last) {
		stated, from = *last, order.PriceFromReceipt
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen, listed := w.listed[o.Server.ID]
	newer := listed && (from == order.PriceFromPolicy || seen.newest.at.After(stated.PricedAt))
	switch {
	case newer && !seen.newest.agrees(stated), listed && !priced(stated):
		return order.Estimate{Amount: decimal.NewNullDecimal(seen.price.of(o.Hours)), From: order.PriceFromList}, nil
	case priced(stated):
		return order.Estimate{Amount: stated.Estimate(o.Hours), From: from}, nil
	default:
		return order.Estimate{From: w.whyUnknown(o.Account)}, nil
	}
}

// priced reports whether a receipt has the price of a plan.
func priced(r order.Receipt) bool {
	return r.PlanPrice.Decimal.IsPositive() && r.Estimate(order.HoursPerPlanPrice).Valid
}

// whyUnknown returns why the price of a server is not known. The caller holds the lock.
func (w *Watch) whyUnknown(id string) order.PriceSource {
	switch a := w.accounts[id]; {
	case a == nil || a.list.began.IsZero():
		return order.PriceUnread
	case a.list.failed:
		return order.PriceFailed
	default:
		return order.PriceUnheard
	}
}

// rate is what some hours cost.
type rate struct {
	amount decimal.Decimal
	hours  order.Hours
}

// of returns what other hours cost at this rate, rounded to cents.
func (r rate) of(hours order.Hours) decimal.Decimal {
	return r.amount.Mul(decimal.NewFromInt(int64(hours))).DivRound(decimal.NewFromInt(int64(r.hours)), 2)
}

// line is a line of a list that has a price.
type line struct {
	rate
	at   time.Time // when 0xhost says that it was made; zero: it does not say so
	read time.Time // when the reading of the list began
}

// agrees reports whether the line is what its hours cost at the price of a receipt's plan.
func (l line) agrees(with order.Receipt) bool {
	amount := with.Estimate(l.hours)
	return amount.Valid && amount.Decimal.Equal(l.amount)
}

// olderThan compares lines by when they were made, and by when they were read.
func (l line) olderThan(other line) bool {
	return cmp.Or(l.at.Compare(other.at), l.read.Compare(other.read)) < 0
}

// listed is what the lists say about the price of one server.
type listed struct {
	newest line
	// price is the rate of the newest line, or of an older one with which it agrees: that of
	// the longest rental is the most precise.
	price rate
}

// pricing returns the lines of a list that have a price, those for most hours first, so
// that a newer and shorter one can agree with them. Lists can be long, so the caller does
// not hold the lock.
func (w *Watch) pricing(list order.HostOrderList) []order.HostOrder {
	lines := slices.DeleteFunc(slices.Clone(list.Orders), func(l order.HostOrder) bool { return !l.PricesHours(w.cfg.Currency) })
	slices.SortStableFunc(lines, func(a, b order.HostOrder) int { return cmp.Compare(b.Hours, a.Hours) })
	return lines
}

// learn keeps the price of each server in lines from pricing. A list that lags, or that is
// incomplete, does not displace what newer lines said. The caller holds the lock.
func (w *Watch) learn(lines []order.HostOrder, began time.Time) {
	for _, l := range lines {
		next := line{rate: rate{l.Amount.Decimal, l.Hours}, at: l.CreatedAt, read: began}
		last, known := w.listed[l.ServerID]
		switch {
		case known && next.olderThan(last.newest):
		case known && last.price.of(next.hours).Equal(next.amount):
			w.listed[l.ServerID] = listed{newest: next, price: last.price}
		default:
			w.listed[l.ServerID] = listed{newest: next, price: next.rate}
		}
	}
}
