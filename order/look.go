package order

import "context"

// Look is what the host's list shows of an order whose outcome is unknown, for
// people who have to settle it. The zero value: it was not looked at.
type Candidates struct {
	Match Match
	// IDs are the host's ids of the orders that could be it.
	IDs []string
}

// Look looks an order up in the host's list once more and settles nothing,
// whatever it finds. Where the ledger cannot be asked it gives no Look: whoever
// is to be told is told less, but not later.
func (d *Desk) FindCandidates(ctx context.Context, o Order) Candidates {
	if o.State != Unknown || d.HostOrders == nil {
		return Candidates{}
	}
	note, err := d.Baselines.Baseline(ctx, o.ID)
	if err != nil && CodeOf(err) != CodeNotFound {
		return Candidates{}
	}
	listed, err := d.list(ctx, o)
	if err != nil {
		return Candidates{Match: MatchNoList}
	}
	found, finds, err := d.find(ctx, o, note, listed)
	if err != nil {
		return Candidates{}
	}
	look := Candidates{Match: finds}
	for _, line := range found {
		look.IDs = append(look.IDs, line.ID)
	}
	return look
}
