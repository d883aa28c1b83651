package order

import "sync"

// flights are the orders that a call of [Desk.Place] of this very process is at,
// one call for each. Whatever happens to clocks, it does not take itself for dead.
type flights struct {
	mu  sync.Mutex
	ids map[ID]bool
}

// takeOff says false if another call is at the order already.
func (f *flights) takeOff(id ID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[id] {
		return false
	}
	f.ids[id] = true
	return true
}

func (f *flights) land(id ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, id)
}
