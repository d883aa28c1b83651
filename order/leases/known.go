package leases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"extendbot/order"
)

// KnownConfig configures a Known. All fields are required.
type KnownConfig struct {
	Store Store
	// Servers returns the servers of the policy, and whether it accepts any other server
	// by its id. If it fails, those that were known before count.
	Servers func() (list []order.Server, others bool, err error)
	// Expires returns when a server expires according to the policy; zero if it does not
	// say so. If it fails, what was recorded of that before counts.
	Expires func(serverID string) (time.Time, error)
	// Lines returns the lines of the host's lists of orders, of all accounts, that are for
	// the server with this id, as far as they were read.
	Lines func(serverID string) []order.HostOrder
	Now   func() time.Time
}

// Known knows the leases of all servers. It is the only place that computes them. It
// implements [order.Leases]. Create it with [NewKnown]. It is safe for concurrent use.
type Known struct {
	cfg KnownConfig

	mu      sync.Mutex
	servers []order.Server // of the policy, when it was last read
	others  bool
}

var _ order.Leases = (*Known)(nil)

// NewKnown returns a Known.
func NewKnown(c KnownConfig) *Known { return &Known{cfg: c} }

// Found is the lease of one server, and its Record.
type Found struct {
	Lease order.Lease
	// Record is what is stored, with what is known now.
	Record Record
	// Changed reports that Record is not what is stored.
	Changed bool
}

// Lease implements [order.Leases].
func (k *Known) Lease(ctx context.Context, s order.Server) (order.Lease, error) {
	found, err := k.find(ctx, s)
	return found.Lease, err
}

// All returns the lease of each server, the first one to end first; then those that have
// ended; then those of which the end is not known. It fails with order.CodeUnavailable if the
// ledger cannot be read.
func (k *Known) All(ctx context.Context) ([]Found, error) {
	all, err := k.some(ctx, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	now := k.cfg.Now()
	rank := func(l order.Lease) int {
		switch {
		case !l.Known():
			return 2
		case !l.ExpiresAt.After(now):
			return 1
		default:
			return 0
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int {
		return cmp.Or(rank(a.Lease)-rank(b.Lease), a.Lease.ExpiresAt.Compare(b.Lease.ExpiresAt), cmp.Compare(a.Lease.Server.Label(), b.Lease.Server.Label()))
	})
	return all, nil
}

// some returns the leases of the servers whose ids are wanted, of those that matter.
func (k *Known) some(ctx context.Context, wanted func(serverID string) bool) (some []Found, err error) {
	servers, err := k.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("leases: %w", err)
	}
	for _, s := range servers {
		if !wanted(s.ID) {
			continue
		}
		found, err := k.find(ctx, s)
		if err != nil {
			return nil, err
		}
		some = append(some, found)
	}
	return some, nil
}

func (k *Known) find(ctx context.Context, s order.Server) (Found, error) {
	lines := k.cfg.Lines(s.ID) // before the orders, so that each line of this program has its order
	orders, err := k.cfg.Store.LeaseOrders(ctx, s.ID)
	if err != nil {
		return Found{}, fmt.Errorf("lease of %s: %w", s.Label(), err)
	}
	record, err := k.cfg.Store.LeaseRecord(ctx, s.ID)
	if err != nil {
		return Found{}, fmt.Errorf("lease of %s: %w", s.Label(), err)
	}
	policy, err := k.cfg.Expires(s.ID)
	if err != nil {
		policy = record.Base // if a receipt states it, the policy does not count
	}
	e := evidence{server: s, orders: orders, policy: policy, lines: lines, record: record, now: k.cfg.Now().Truncate(time.Microsecond)}
	lease, next := e.lease()
	return Found{Lease: lease, Record: next, Changed: !next.equal(record)}, nil
}

// list returns all servers whose leases matter, each once.
func (k *Known) list(ctx context.Context) ([]order.Server, error) {
	servers, others, err := k.cfg.Servers()
	k.mu.Lock()
	if err == nil {
		k.servers, k.others = servers, others
	}
	servers, others = slices.Clone(k.servers), k.others
	k.mu.Unlock()
	if others {
		rented, err := k.cfg.Store.RentedServers(ctx)
		if err != nil {
			return nil, err
		}
		servers = append(servers, rented...)
	}
	named := map[string]bool{}
	return slices.DeleteFunc(servers, func(s order.Server) bool {
		before := named[s.ID]
		named[s.ID] = true
		return before
	}), nil
}
