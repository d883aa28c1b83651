package order

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// LookupSchedule returns when an order whose outcome is unknown is looked up in
// the host's list, counted from when it became Unknown.
func LookupSchedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 15 * time.Second, 45 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	}
}

// Match is the result of a lookup. Only MatchOne settles the order.
type Match string

// The possible results of a lookup.
const (
	MatchOne         Match = "one"         // exactly one order, and it can only be this one
	MatchNone        Match = "none"        // no such order, so far
	MatchSeveral     Match = "several"     // more than one that could be it
	MatchDoubtful    Match = "doubt"       // one that may be a different order
	MatchPartialList Match = "part"        // the list is incomplete or contradicts itself
	MatchNoList      Match = "failure"     // the list could not be read
	MatchNoBaseline  Match = "no_baseline" // there is no complete baseline to compare with
)

const (
	// hostSkew is how much the host's clock may differ from the Desk's.
	hostSkew = time.Minute
	// zoneStep is the step by which time zones differ. The host writes times
	// without their zone, so they can be trusted only modulo this step.
	zoneStep = 15 * time.Minute
	// rivalWindow is how long before the baseline an order may have ended that the
	// host lists late.
	rivalWindow = 24 * time.Hour
	// recentBaseline is how old a baseline may be when the order is first tried, if
	// the host's list has no times.
	recentBaseline = 15 * time.Minute
)

// Lookup looks for an order whose outcome is unknown in the host's list, on the
// schedule of Config.LookupSchedule. If the list shows exactly one order that
// can be this one, the order becomes Placed with that evidence. In every other
// case it stays Unknown: Lookup returns [*Later] until the schedule has ended,
// and then nil, which means that a person has to be asked. It never sends
// anything.
//
// The schedule counts from when the order became Unknown, so it survives a
// restart. After a long downtime there is one last lookup.
func (d *Desk) Lookup(ctx context.Context, id ID) error {
	o, err := d.Verify(ctx, id)
	switch {
	case err != nil && !unverified(err):
		return fmt.Errorf("lookup: %w", err)
	case o.State != Unknown || !o.AskedAt.IsZero() || d.cfg.HostOrders == nil:
		return nil
	case CodeOf(err) == CodeKeyUnknown: // another process may have it
		return d.nextLookup(o)
	case err != nil: // the list would be searched for something else
		return nil //nolint:nilerr // it was reported, and a person decides
	}
	now := d.now()
	if first := o.ChangedAt.Add(d.cfg.LookupSchedule[0]); now.Before(first) && !setBack(now, o.ChangedAt) {
		return &Later{At: first}
	}
	baseline, missing, err := d.baseline(ctx, o)
	if err != nil {
		return fmt.Errorf("lookup: %w", err)
	}
	if missing != "" {
		d.cfg.Observer.LookedUp(o, MatchNoBaseline, nil)
		return nil
	}
	listed, err := d.list(ctx, o)
	if err != nil {
		d.cfg.Observer.LookedUp(o, MatchNoList, err)
		return d.nextLookup(o)
	}
	found, match, err := d.find(ctx, o, baseline, listed)
	if err != nil {
		return fmt.Errorf("lookup: %w", err)
	}
	d.cfg.Observer.LookedUp(o, match, nil)
	if match != MatchOne {
		return d.nextLookup(o)
	}
	return d.settleByLine(ctx, o, found[0])
}

// nextLookup returns [*Later] with the next time of the schedule, or nil if the
// schedule has ended, or cannot be followed because the clock was set back.
func (d *Desk) nextLookup(o Order) error {
	now := d.now()
	if setBack(now, o.ChangedAt) {
		return nil
	}
	for _, after := range d.cfg.LookupSchedule {
		if at := o.ChangedAt.Add(after); at.After(now) {
			return &Later{At: at}
		}
	}
	return nil
}

// find looks for the one line of the list that can only be o. It returns all
// lines that could be o, whatever the match is.
func (d *Desk) find(ctx context.Context, o Order, baseline Baseline, listed HostOrderList) ([]HostOrder, Match, error) {
	found, claimed, err := d.newLines(ctx, baseline, listed, func(l HostOrder) bool { return l.couldBe(o) })
	if err != nil {
		return nil, "", err
	}
	switch {
	case !baseline.Complete:
		return found, MatchNoBaseline, nil
	case !listed.completeAfter(baseline):
		return found, MatchPartialList, nil
	case len(found) == 0:
		return nil, MatchNone, nil
	case len(found) > 1:
		return found, MatchSeveral, nil
	}
	rivals, err := d.cfg.Baselines.Rivals(ctx, o, baseline.At.Add(-rivalWindow))
	if err != nil {
		return nil, "", err
	}
	if rivals > 0 || claimed || !found[0].evident(o, baseline) {
		return found, MatchDoubtful, nil
	}
	return found, MatchOne, nil
}

// newLines returns the lines of the list that could be the order, and are neither in the
// baseline nor proven to belong to another order. claimed reports whether the ledger says
// of one of them, without proof, that it belongs to another order.
func (d *Desk) newLines(ctx context.Context, baseline Baseline, listed HostOrderList, could func(HostOrder) bool) (found []HostOrder, claimed bool, err error) {
	for _, line := range listed.Orders {
		if !could(line) || slices.Contains(baseline.IDs, line.ID) {
			continue
		}
		other, proven, err := d.claim(ctx, line.ID)
		switch {
		case err != nil:
			return nil, false, err
		case !proven:
			found = append(found, line)
			claimed = claimed || other != ""
		}
	}
	return found, claimed, nil
}

// claim returns the order whose receipt has this id of the host, or "", and whether that
// is proven. Without proof, anybody who can write to the database may have added it.
func (d *Desk) claim(ctx context.Context, hostID string) (by ID, proven bool, err error) {
	by, err = d.cfg.Baselines.HostOrderOf(ctx, hostID)
	if err != nil {
		if CodeOf(err) == CodeNotFound {
			err = nil
		}
		return "", false, err
	}
	o, err := d.Verify(ctx, by)
	switch {
	case unverified(err), CodeOf(err) == CodeNotFound:
		return by, false, nil
	case err != nil:
		return by, false, err
	}
	return by, o.Receipt != nil && o.Receipt.OrderID == hostID, nil
}

// longBefore is how long before its first attempt an order in the host's list must
// have been created to be another one, whatever the time zones of its time and of the
// program are.
const longBefore = 28 * time.Hour

// couldBe reports whether the line may be the order that o asked for.
func (l HostOrder) couldBe(o Order) bool {
	if !l.CreatedAt.IsZero() && l.CreatedAt.Before(o.FirstTry.Add(-longBefore)) {
		return false
	}
	return l.AccountID == o.Account && l.ServerID == o.Server.ID && l.Hours == o.Hours &&
		l.Type != newServer && l.Type != scaleServer
}

// evident reports whether the line is evidence for o: it is completed, and it
// was created while o was being placed. Without a time in the line, the baseline
// must be so recent that hardly anybody else can have made it since.
func (l HostOrder) evident(o Order, baseline Baseline) bool {
	if l.Status != "" && l.Status != HostCompleted {
		return false
	}
	if l.CreatedAt.IsZero() {
		return o.FirstTry.Sub(baseline.At) <= recentBaseline
	}
	from, to := o.FirstTry.Add(-hostSkew), o.ChangedAt.Add(hostSkew)
	late := l.CreatedAt.Sub(from) % zoneStep
	if late < 0 {
		late += zoneStep
	}
	return late <= to.Sub(from)
}

// settleByLine settles an order with the line of the host's list as evidence.
func (d *Desk) settleByLine(ctx context.Context, o Order, line HostOrder) error {
	_, err := d.transition(ctx, o, Placed, Bot, fmt.Sprintf("found in 0xhost's list of orders as %s", line.ID), nil, func(next *Order) {
		next.Receipt, next.SettledBy = line.receipt(d.cfg.Currency), Bot
	})
	switch CodeOf(err) {
	case CodeConflict: // it was settled in the meantime
		return nil
	case CodeClaimed: // another order was settled with the line since the list was read
		return d.nextLookup(o)
	default:
		return err
	}
}

// receipt returns a receipt made from a line. Balances and the server's state
// are not in the list.
func (l HostOrder) receipt(currency string) *Receipt {
	if l.Currency != "" {
		currency = l.Currency
	}
	return &Receipt{
		OrderID: l.ID, Type: l.Type, Amount: l.Amount, Currency: currency, Hours: l.Hours,
		ServerID: l.ServerID, OwnerID: l.AccountID, Listed: true,
	}
}

// Candidates is what the host's list shows for an order whose outcome is
// unknown, for the people who have to settle it. The zero value means that the
// list was not read.
type Candidates struct {
	Match Match
	// IDs are the host's ids of the orders that could be this one.
	IDs []string
}

// FindCandidates reads the host's list for an order whose outcome is unknown. It
// never settles the order. If the ledger cannot be read, it returns the zero
// value, so that people can still be asked in time.
func (d *Desk) FindCandidates(ctx context.Context, o Order) Candidates {
	if o.State != Unknown || d.cfg.HostOrders == nil {
		return Candidates{}
	}
	baseline, _, err := d.baseline(ctx, o)
	if err != nil {
		return Candidates{}
	}
	listed, err := d.list(ctx, o)
	if err != nil {
		return Candidates{Match: MatchNoList}
	}
	found, match, err := d.find(ctx, o, baseline, listed)
	if err != nil {
		return Candidates{}
	}
	shown := Candidates{Match: match}
	for _, line := range found {
		shown.IDs = append(shown.IDs, line.ID)
	}
	return shown
}
