package order

import "context"

// Look is what the host's list shows of an order whose outcome is unknown, for
// people who have to settle it. The zero value: it was not looked at.
type Look struct {
	Finds Finds
	// IDs are the host's ids of the orders that could be it.
	IDs []string
}

// Look looks an order up in the host's list once more and settles nothing,
// whatever it finds. Where the ledger cannot be asked it gives no Look: whoever
// is to be told is told less, but not later.
func (d *Desk) Look(ctx context.Context, o Order) Look {
	if o.State != Unknown || d.Books == nil {
		return Look{}
	}
	note, err := d.Notes.Note(ctx, o.ID)
	if err != nil && CodeOf(err) != CodeNotFound {
		return Look{}
	}
	listed, err := d.list(ctx, o)
	if err != nil {
		return Look{Finds: FindsFailure}
	}
	found, finds, err := d.find(ctx, o, note, listed)
	if err != nil {
		return Look{}
	}
	look := Look{Finds: finds}
	for _, line := range found {
		look.IDs = append(look.IDs, line.ID)
	}
	return look
}
