package slackapi

import "sync"

// cache remembers answers of Slack's, at most limit of them.
type cache[K comparable, V any] struct {
	limit int

	mu sync.Mutex
	by map[K]V
}

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.by[key]
	return v, ok
}

// put remembers an answer. If there are too many, it forgets all others: they can
// be asked for again.
func (c *cache[K, V]) put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= c.limit {
		c.by = map[K]V{}
	}
	c.by[key] = v
}
