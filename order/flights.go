package order

import "sync"

// flights are the orders that a call of [Desk.Place] of this very process is at,
// one call for each. Whatever happens to clocks, it does not take itself for dead.
type placing struct {
	mu  sync.Mutex
	ids map[ID]bool
}

// takeOff says false if another call is at the order already.
func (f *placing) begin(id ID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[id] {
		return false
	}
	f.ids[id] = true
	return true
}

func (f *placing) end(id ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, id)
}
