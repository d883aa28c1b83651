package order

import "sync"

// placing holds the orders that a call of [Desk.Place] in this process works
// on, one call for each. It does not depend on clocks: as long as the call runs,
// the process does not take itself for dead.
type placing struct {
	mu  sync.Mutex
	ids map[ID]bool
}

// begin reports whether the caller may work on the order. If not, another call
// does.
func (p *placing) begin(id ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids[id] {
		return false
	}
	p.ids[id] = true
	return true
}

func (p *placing) end(id ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.ids, id)
}
