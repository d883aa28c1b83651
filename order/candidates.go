package order

import "context"

// Candidates is what the host's list shows for an order whose outcome is
// unknown, for the people who have to settle it. The zero value: the list was
// not read.
type Candidates struct {
	Match Match
	// IDs are the host's ids of the orders that could be the one.
	IDs []string
}

// FindCandidates reads the host's list for an order whose outcome is unknown and
// settles nothing, whatever it finds. If the ledger cannot be read, it returns
// the zero value: people are told less, but not later.
func (d *Desk) FindCandidates(ctx context.Context, o Order) Candidates {
	if o.State != Unknown || d.cfg.HostOrders == nil {
		return Candidates{}
	}
	baseline, err := d.cfg.Baselines.Baseline(ctx, o.ID)
	if err != nil && CodeOf(err) != CodeNotFound {
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
