package slacksim

import (
	"maps"
	"slices"
)

// MethodNames are the methods of the Web API, sorted.
func MethodNames() []string { return slices.Sorted(maps.Keys(methods)) }

// LimitOf is the limit per minute of a method, 0 for none.
func (s *Server) LimitOf(method string) int {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	return s.limits.perMinute[method]
}
