package service

import (
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/order"
	"extendbot/order/prices"
)

// observer logs and counts what happens to orders. It implements order.Observer.
type observer struct {
	log      logrus.FieldLogger
	metrics  *metrics
	prices   *prices.Watch
	currency string            // of an order that does not have one
	remind   func()            // called when reminders may have to change
	changed  func(order.Order) // called after each transition
}

func (o observer) fields(of order.Order) logrus.FieldLogger {
	return o.log.WithFields(logrus.Fields{
		"order_id": of.ID, "team_id": of.Person.Team, "user_id": of.Person.User,
		"server": of.Server.Name, "server_id": of.Server.ID, "state": of.State, "attempt": of.Attempts,
	})
}

// Transitioned implements order.Observer.
func (o observer) Transitioned(of order.Order, e order.Entry) {
	o.metrics.transitioned(e.To)
	defer o.changed(of)
	log := o.fields(of).WithField("who", e.Who)
	if e.Why != "" {
		log = log.WithField("why", e.Why)
	}
	if e.To == order.Placed || !of.Lease.IsZero() {
		defer o.remind()
	}
	switch e.To {
	case order.Unknown:
		log.Error("the outcome of the order is unknown; it will be looked up")
	case order.Placed:
		o.prices.Placed(of)
		o.metrics.spentOn(of, o.currency)
		if of.ChargedDifferently() {
			o.metrics.chargedDifferently(of)
			log = log.WithFields(logrus.Fields{"estimate": order.FormatAmount(of.Estimate.Amount), "amount": order.FormatAmount(of.Receipt.Amount)})
		}
		fields, sold := mismatches(of)
		switch {
		case sold:
			log.WithField("differences", fields).Error("0xhost did not sell what was ordered")
		case len(fields) > 0:
			log.WithField("differences", fields).Error("0xhost's receipt for the order is not as expected")
		case of.ChargedDifferently():
			log.Warn("0xhost charged less for the order than expected")
		default:
			log.Info("the order changed its state")
		}
	default:
		log.Info("the order changed its state")
	}
}

// mismatches names the fields of the receipt that are not as expected. It also
// reports whether the host sold something else than what was approved.
func mismatches(o order.Order) (fields []string, sold bool) {
	if o.Receipt == nil {
		return nil, false
	}
	for _, m := range o.Receipt.Mismatches(o) {
		fields = append(fields, m.Field)
		sold = sold || m.Sold()
	}
	return fields, sold
}

// LookedUp implements order.Observer.
func (o observer) LookedUp(of order.Order, m order.Match, err error) {
	o.metrics.lookedUp(m)
	log := o.fields(of).WithField("found", string(m))
	if err != nil {
		log = log.WithError(err)
	}
	switch m {
	case order.MatchOne:
		log.Info("the order is in 0xhost's list")
	case order.MatchNone:
		log.Info("the order is not in 0xhost's list")
	case order.MatchSeveral, order.MatchDoubtful, order.MatchPartialList, order.MatchNoList, order.MatchNoBaseline:
		log.Warn("0xhost's list does not show the outcome of the order")
	}
}

// Attempted implements order.Observer.
func (o observer) Attempted(of order.Order, v order.Verdict, took time.Duration, err error) {
	o.metrics.attempted(v, took)
	log := o.fields(of).WithField("verdict", v.String()).WithField("took", took.Round(time.Millisecond))
	if err != nil {
		log.WithError(err).Warn("the call of 0xhost returned no receipt")
		return
	}
	log.Info("0xhost confirmed the order")
}

// Unverified implements order.Observer.
func (o observer) Unverified(of order.Order, err error) {
	code := order.CodeOf(err)
	o.metrics.unverifiedOrder(code)
	log := o.fields(of).WithError(err)
	switch code {
	case order.CodeTampered:
		log.Error("the order was tampered with: the database does not contain what the program recorded; it is not sent, or not sent again")
	case order.CodeKeyUnknown:
		log.Error("this process does not have the key that authenticates the order; it does not send it")
	default:
		log.Warn("what the previous version recorded of the order is not authenticated; it is not sent, or not sent again")
	}
}

// Unrecorded implements order.Observer.
func (o observer) Unrecorded(of order.Order, known order.State, r *order.Receipt, err error) {
	log := o.fields(of).WithField("known", known).WithError(err)
	if r != nil {
		log = log.WithField("oxhost_order", r.OrderID)
	}
	log.Error("the outcome of the order could not be recorded in the ledger; it is in this line")
}
