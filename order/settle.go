package order

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Settlement is what a person found out about an order whose outcome is unknown.
type Settlement struct {
	ID     ID
	Who    string // a user id, or the operator's name
	Placed bool   // it went through
	HostID string // the host's id of the order, if known
	Why    string // how they know; required
}

// Settle ends an unknown outcome for the operator. It checks no policy, because
// anyone who can write to the ledger may settle. It reads the host's list first, if
// the Desk has Config.HostOrders: it fails with CodeListed if the order is said not to
// be placed and the list has one that can be this one, and with CodeNoList if that
// cannot be found out. It fails with CodeConflict and the order if the order is not
// Unknown, with CodeClaimed and the other order if s.HostID belongs to another
// one, and with CodeKeyUnknown.
func (d *Desk) Settle(ctx context.Context, s Settlement) (Order, error) {
	// An order that was tampered with can be settled, too, because a settlement sends
	// nothing. But a process with another key must not write the last row of history.
	o, err := d.cfg.Ledger.Verified(ctx, s.ID)
	if code := CodeOf(err); err != nil && code != CodeTampered && code != CodeOldVersion {
		return o, fmt.Errorf("settle: %w", err)
	}
	if o.State != Unknown {
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "only an unknown outcome can be settled"}
	}
	e, err := d.evidenceFor(ctx, o, s)
	if CodeOf(err) == CodeNoList && s.Placed { // there is nothing that it could contradict
		e.text, err = textOf(err), nil
	}
	if err != nil {
		return o, fmt.Errorf("settle: %w", err)
	}
	return d.recordSettlement(ctx, o, s, e)
}

// evidence is what the host's list shows about a settlement.
type evidence struct {
	text    string
	receipt *Receipt // made from the list, if exactly one line can only be the order
}

// evidenceFor reads the host's list once more before an order is settled. Its errors
// have CodeListed and CodeNoList, with a text for people; see [Desk.Settle].
func (d *Desk) evidenceFor(ctx context.Context, o Order, s Settlement) (evidence, error) {
	if d.cfg.HostOrders == nil {
		return evidence{text: "0xhost's list of orders was not read"}, nil
	}
	baseline, _, err := d.baseline(ctx, o)
	if err != nil {
		return evidence{}, err
	}
	listed, err := d.list(ctx, o)
	if err != nil {
		return evidence{}, &Error{Code: CodeNoList, Detail: "0xhost's list of orders cannot be read now", Err: err}
	}
	found, match, err := d.find(ctx, o, baseline, listed)
	if err != nil {
		return evidence{}, err
	}
	var ids []string
	for _, line := range found {
		ids = append(ids, line.ID)
	}
	e := evidence{text: "0xhost lists " + strings.Join(ids, ", ") + ", which can be it"}
	switch {
	case len(found) > 0 && !s.Placed:
		return evidence{}, &Error{Code: CodeListed, Detail: e.text}
	case len(found) == 0 && !listed.completeAfter(baseline):
		e.text = "0xhost's list of orders does not show it, but is incomplete"
	case len(found) == 0:
		e.text = "0xhost's list of orders does not show it"
	case match == MatchOne:
		e.receipt = found[0].receipt(d.cfg.Currency)
	}
	d.cfg.Observer.LookedUp(o, match, nil)
	return e, nil
}

// textOf returns the text for people in an error of evidenceFor.
func textOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Detail
	}
	return ""
}

// recordSettlement commits a settlement together with its evidence.
func (d *Desk) recordSettlement(ctx context.Context, o Order, s Settlement, e evidence) (Order, error) {
	to := NotPlaced
	if s.Placed {
		to = Placed
	}
	why := fmt.Sprintf("%s (%s)", s.Why, e.text)
	settled, err := d.transition(ctx, o, to, s.Who, why, nil, func(next *Order) {
		next.SettledBy = s.Who
		if s.Placed {
			next.Receipt = &Receipt{OrderID: s.HostID, Currency: d.cfg.Currency}
		}
		if s.Placed && s.HostID == "" && e.receipt != nil {
			next.Receipt = e.receipt
		}
	})
	if CodeOf(err) != CodeConflict {
		return settled, err
	}
	// Another settlement was faster. It is final.
	if o, err := d.cfg.Ledger.Order(ctx, o.ID); err == nil {
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "it has been settled in the meantime"}
	}
	return settled, err
}
