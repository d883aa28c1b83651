package main

import (
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/settings"
	"extendbot/order"
)

// newLog makes the program's log as the settings want it.
func newLog(s settings.Settings, out io.Writer) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(out)
	log.SetLevel(s.LogLevel)
	if s.LogFormat == settings.LogJSON {
		log.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
	} else {
		log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: time.RFC3339})
	}
	return log
}

// observer logs and counts what happens to orders.
type observer struct {
	log     logrus.FieldLogger
	metrics *metrics
}

func (o observer) fields(of order.Order) logrus.FieldLogger {
	return o.log.WithFields(logrus.Fields{
		"order_id": of.ID, "team_id": of.Person.Team, "user_id": of.Person.User,
		"server": of.Server.ID, "state": of.State, "attempt": of.Attempts,
	})
}

// Moved implements order.Observer.
func (o observer) Transitioned(of order.Order, e order.Entry) {
	o.metrics.moved(e.To)
	log := o.fields(of).WithField("who", e.Who)
	if e.Why != "" {
		log = log.WithField("why", e.Why)
	}
	switch e.To {
	case order.Unknown:
		log.Error("the outcome of the order is unknown, it will be looked up")
	case order.Placed:
		if m := mismatches(of); len(m) > 0 {
			log.WithField("differences", m).Error("0xhost sold something else than was ordered")
			return
		}
		log.Info("order moved")
	default:
		log.Info("order moved")
	}
}

func mismatches(o order.Order) []string {
	if o.Receipt == nil {
		return nil
	}
	var fields []string
	for _, m := range o.Receipt.Mismatches(o) {
		fields = append(fields, m.Field)
	}
	return fields
}

// LookedUp implements order.Observer.
func (o observer) LookedUp(of order.Order, f order.Match, err error) {
	o.metrics.lookedUp(f)
	log := o.fields(of).WithField("found", string(f))
	if err != nil {
		log = log.WithError(err)
	}
	switch f {
	case order.MatchOne:
		log.Info("the order is in 0xhost's list")
	case order.MatchNone:
		log.Info("the order is not in 0xhost's list")
	case order.MatchSeveral, order.MatchDoubtful, order.MatchPartialList, order.MatchNoList, order.MatchNoBaseline:
		log.Warn("0xhost's list does not tell what became of the order")
	}
}

// Tried implements order.Observer.
func (o observer) Attempted(of order.Order, v order.Verdict, took time.Duration, err error) {
	o.metrics.tried(v, took)
	log := o.fields(of).WithField("verdict", v.String()).WithField("took", took.Round(time.Millisecond))
	if err != nil {
		log.WithError(err).Warn("the call to 0xhost brought no receipt")
		return
	}
	log.Info("0xhost confirmed the order")
}

// Unrecorded implements order.Observer.
func (o observer) Unrecorded(of order.Order, known order.State, r *order.Receipt, err error) {
	log := o.fields(of).WithField("known", known).WithError(err)
	if r != nil {
		log = log.WithField("oxhost_order", r.OrderID)
	}
	log.Error("the ledger does not say what became of the order, this line does")
}
