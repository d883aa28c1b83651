package order

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// LookUps is when an order whose outcome is unknown is looked up in the host's
// list, counted from when it became so.
func LookupSchedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 15 * time.Second, 45 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	}
}

// Finds is what a look-up found. Only FindsOne settles the order.
type Match string

// What a look-up can find.
const (
	MatchOne         Match = "one"         // exactly one order that can only be this one
	MatchNone        Match = "none"        // no such order, so far
	MatchSeveral     Match = "several"     // more than one that could be it
	MatchDoubtful    Match = "doubt"       // one that may belong to something else
	MatchPartialList Match = "part"        // the list is not whole, or makes no sense
	MatchNoList      Match = "failure"     // there was no list
	MatchNoBaseline  Match = "no_baseline" // nothing to compare with was noted before
)

const (
	// hostSkew is how far the host's clock may be from the Desk's.
	hostSkew = time.Minute
	// zoneStep is what all time zones differ by. The host writes times without
	// their zone, so that only what is left within a step can be relied on.
	zoneStep = 15 * time.Minute
	// rivalWindow is how long before the note an order may have come to its
	// end that the host lists late.
	rivalWindow = 24 * time.Hour
)

// LookUp looks an order whose outcome is unknown up in the host's list, on the
// schedule of Config.LookUps. If the list shows exactly one order that can be
// it, the order is Placed by that evidence. In every other case it stays
// Unknown: LookUp returns [*Later] until the schedule is over, and then nil,
// which means that a person has to be asked. It never sends anything.
//
// Which look-ups are over follows from when the order became Unknown, so the
// schedule survives a crash; after a long one there is a last look.
func (d *Desk) Lookup(ctx context.Context, id ID) error {
	o, err := d.Ledger.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	if o.State != Unknown || !o.AskedAt.IsZero() || d.HostOrders == nil {
		return nil
	}
	if first := o.ChangedAt.Add(d.LookupSchedule[0]); d.now().Before(first) {
		return &Later{At: first}
	}
	note, err := d.Baselines.Baseline(ctx, id)
	if err != nil && CodeOf(err) != CodeNotFound {
		return fmt.Errorf("look up: %w", err)
	}
	if !note.Complete {
		d.Observer.LookedUp(o, MatchNoBaseline, nil)
		return nil
	}
	listed, err := d.list(ctx, o)
	if err != nil {
		d.Observer.LookedUp(o, MatchNoList, err)
		return d.nextLookUp(o)
	}
	found, finds, err := d.find(ctx, o, note, listed)
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	d.Observer.LookedUp(o, finds, nil)
	if finds != MatchOne {
		return d.nextLookUp(o)
	}
	return d.foundListed(ctx, o, found[0])
}

// nextLookUp is [*Later] at the next one of the schedule, nil if there is none.
func (d *Desk) nextLookUp(o Order) error {
	now := d.now()
	for _, after := range d.LookupSchedule {
		if at := o.ChangedAt.Add(after); at.After(now) {
			return &Later{At: at}
		}
	}
	return nil
}

// find looks for the one line of the list that can only be o. Whatever it
// finds, it gives all lines that o may be.
func (d *Desk) find(ctx context.Context, o Order, note Baseline, listed HostOrderList) ([]HostOrder, Match, error) {
	var found []HostOrder
	for _, line := range listed.Orders {
		if !line.couldBe(o) || slices.Contains(note.IDs, line.ID) {
			continue
		}
		switch _, err := d.Baselines.HostOrderOf(ctx, line.ID); CodeOf(err) {
		case "": // another order's
		case CodeNotFound:
			found = append(found, line)
		default:
			return nil, "", err
		}
	}
	switch {
	case !note.Complete:
		return found, MatchNoBaseline, nil
	case !listed.Complete:
		return found, MatchPartialList, nil
	case len(found) == 0:
		return nil, MatchNone, nil
	case len(found) > 1:
		return found, MatchSeveral, nil
	}
	rivals, err := d.Baselines.Rivals(ctx, o, note.At.Add(-rivalWindow))
	if err != nil {
		return nil, "", err
	}
	if rivals > 0 || !found[0].evident(o) {
		return found, MatchDoubtful, nil
	}
	return found, MatchOne, nil
}

// couldBe says whether the line is an order for what o asked for.
func (l HostOrder) couldBe(o Order) bool {
	return l.AccountID == o.Account && l.ServerID == o.Server.ID && l.Hours == o.Hours &&
		l.Type != newServer && l.Type != scaleServer
}

// evident says whether nothing that the line tells speaks against its being o:
// it is done, and was made while o was being placed.
func (l HostOrder) evident(o Order) bool {
	if l.Status != "" && l.Status != HostCompleted {
		return false
	}
	if l.CreatedAt.IsZero() || o.FirstTry.IsZero() {
		return true
	}
	from, to := o.FirstTry.Add(-hostSkew), o.ChangedAt.Add(hostSkew)
	late := l.CreatedAt.Sub(from) % zoneStep
	if late < 0 {
		late += zoneStep
	}
	return late <= to.Sub(from)
}

// foundListed settles an order by the line that is the evidence of it.
func (d *Desk) foundListed(ctx context.Context, o Order, line HostOrder) error {
	_, err := d.step(ctx, o, Placed, Bot, fmt.Sprintf("found in 0xhost's list of orders as %s", line.ID), nil, func(next *Order) {
		next.Receipt, next.SettledBy = line.receipt(d.Currency), Bot
	})
	switch CodeOf(err) {
	case CodeConflict: // somebody else settled it
		return nil
	case CodeClaimed: // since the list was read
		return d.nextLookUp(o)
	default:
		return err
	}
}

// receipt makes of a line what can be made of it: balances and the server's
// state are not in the list.
func (l HostOrder) receipt(currency string) *Receipt {
	if l.Currency != "" {
		currency = l.Currency
	}
	return &Receipt{
		OrderID: l.ID, Type: l.Type, Amount: l.Amount, Currency: currency, Hours: l.Hours,
		ServerID: l.ServerID, OwnerID: l.AccountID, Listed: true,
	}
}
