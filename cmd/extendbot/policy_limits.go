package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"extendbot/auth"
	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
)

// explained is the output of policy explain --json.
type explained struct {
	Allowed bool        `json:"allowed"` // the request; whether the order needs approvals is in rules
	User    string      `json:"user"`
	Hours   order.Hours `json:"hours"`
	auth.Explanation
	Estimate *explainedEstimate `json:"estimate,omitempty"` // without it, the price is not known
	Limits   []explainedLimit   `json:"limits"`
	// Unread is why neither receipts nor what is left of the limits are known; "" if they
	// are.
	Unread string `json:"database_unread,omitempty"`
}

type explainedEstimate struct {
	Amount   string            `json:"amount"`
	Currency string            `json:"currency"`
	From     order.PriceSource `json:"from"`
}

// explainedLimit is a limit, and what it leaves for the request. What is left is absent
// if it is not known.
type explainedLimit struct {
	Per        order.LimitPer `json:"per"`
	Within     string         `json:"within"`
	Hours      order.Hours    `json:"hours,omitempty"`
	Amount     string         `json:"amount,omitempty"`
	LeftHours  *order.Hours   `json:"left_hours,omitempty"`
	LeftAmount string         `json:"left_amount,omitempty"`
	Allows     *bool          `json:"allows,omitempty"`
	FreeAt     time.Time      `json:"free_at,omitzero"` // when enough is left; absent if that is now or never

	text string // for people
}

// explainTime is how long an explanation waits for the database.
const explainTime = 10 * time.Second

var errDatabaseSlow = errors.New("the database did not answer in time")

// explain returns the decision about a request, with what the ledger knows about it.
func explain(ctx context.Context, s settings.Settings, rules *auth.Rules, q auth.Question, members auth.Members) (explained, error) {
	x := explained{User: q.User, Hours: q.Hours, Limits: []explainedLimit{}}
	var err error
	if x.Explanation, err = rules.Explain(q, members); err != nil || x.ServerID == "" {
		return x, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, explainTime, errDatabaseSlow)
	defer cancel()
	var states []order.LimitState
	err = useLedger(ctx, s, func(l *ledger.Ledger) error {
		last, err := l.LastReceipt(ctx, x.ServerID)
		if err != nil {
			return err
		}
		q.LastReceipt = last
		with, err := rules.Explain(q, members)
		if err != nil {
			return err
		}
		x.Explanation = with
		states, err = limitStates(ctx, l, x.Explanation, q)
		return err
	})
	if err != nil {
		x.Unread = err.Error()
	}
	x.add(s.Currency, states)
	return x, nil
}

// limitStates returns what each limit leaves for a request. A ledger is that of one
// workspace, which its newest order names. Without an order, nothing is spent.
func limitStates(ctx context.Context, l *ledger.Ledger, x auth.Explanation, q auth.Question) ([]order.LimitState, error) {
	newest, err := l.List(ctx, time.Time{}, 1)
	if err != nil {
		return nil, err
	}
	person := order.Person{User: q.User}
	for _, o := range newest {
		person.Team = o.Person.Team
	}
	return l.LimitStates(ctx, x.Order(person, q.Hours), x.Limits, time.Now())
}

// add adds the price, and the limits with their states, which are nil if they are not
// known: then only limits on hours can stop it. A limit stops only what nothing else stops.
func (x *explained) add(currency string, states []order.LimitState) {
	if amount := order.FormatAmount(x.Explanation.Estimate.Amount); amount != "" {
		x.Estimate = &explainedEstimate{Amount: amount, Currency: currency, From: x.Explanation.Estimate.From}
	}
	exceeded := states
	for i, l := range x.Explanation.Limits {
		one := explainedLimit{Per: l.Per, Within: l.Within.String(), Hours: l.Hours, Amount: order.FormatAmount(l.Amount)}
		one.text = limitText(l, currency) + ": what is left is not known"
		switch {
		case len(states) > 0:
			one.add(states[i], currency)
		case l.Hours > 0 && x.Hours > l.Hours: // whatever is left
			one.Allows, one.text = new(bool), limitText(l, currency)+": this order alone is more than the limit"
			exceeded = append(exceeded, order.LimitState{Limit: l})
		}
		x.Limits = append(x.Limits, one)
	}
	if stopped, ok := errors.AsType[*order.Error](order.Exceeded(exceeded)); ok && x.Code == "" {
		x.Code, x.Why = stopped.Code, "it is over the limit of "+limitText(stopped.Limit.Limit, currency)
	}
	x.Allowed = x.Code == ""
}

// add adds what is left.
func (l *explainedLimit) add(s order.LimitState, currency string) {
	l.Allows, l.FreeAt = &s.Allows, s.FreeAt
	var left string
	if s.Hours > 0 {
		hours := s.LeftHours()
		l.LeftHours, left = &hours, hours.Short()
	} else {
		l.LeftAmount = formatSum(s.LeftAmount())
		left = withCurrency(l.LeftAmount, currency)
	}
	l.text = fmt.Sprintf("%s: %s left", limitText(s.Limit, currency), left)
	switch {
	case s.Allows:
	case s.FreeAt.IsZero():
		l.text += ", and this order alone is more than the limit"
	default: // rounded up: at the time that people read, it is enough
		l.text += ", enough again " + s.FreeAt.Add(time.Minute-1).UTC().Truncate(time.Minute).Format("2006-01-02 15:04 UTC")
	}
}

// limitText writes a limit for people.
func limitText(l order.Limit, currency string) string {
	most := withCurrency(order.FormatAmount(l.Amount), currency)
	if l.Hours > 0 {
		most = l.Hours.Short()
	}
	per := "per " + string(l.Per)
	if l.Per == order.PerAll {
		per = "for all"
	}
	return fmt.Sprintf("%s within %s %s", most, l.Period(), per)
}

// printPrice prints what the order is expected to cost. If that is not known, it says so
// if the policy needs it.
func printPrice(table io.Writer, x explained) {
	switch from := x.Explanation.Estimate.From; {
	case from == order.PriceFromReceipt:
		printRow(table, "price", fmt.Sprintf("about %s, from the last receipt", withCurrency(x.Estimate.Amount, x.Estimate.Currency)))
	case x.Estimate != nil:
		printRow(table, "price", fmt.Sprintf("about %s, from the policy", withCurrency(x.Estimate.Amount, x.Estimate.Currency)))
	case x.NeedsPrice && x.Unread != "":
		printRow(table, "price", "not known: the policy does not have it, and receipts cannot be read")
	case x.NeedsPrice:
		printRow(table, "price", "not known: neither a receipt nor the policy has it")
	}
}

// printUnread prints why something of the ledger is not known, if the policy needs it.
func printUnread(table io.Writer, x explained) {
	switch {
	case x.Unread == "":
	case len(x.Limits) > 0:
		printRow(table, "note", "what is left of the limits is not known: "+x.Unread)
	case x.NeedsPrice:
		printRow(table, "note", "receipts are not known: "+x.Unread)
	}
}
