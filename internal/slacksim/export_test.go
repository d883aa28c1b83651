package slacksim

import (
	"maps"
	"slices"
)

// MethodNames returns the methods of the Web API, sorted.
func MethodNames() []string { return slices.Sorted(maps.Keys(methods)) }

// LimitOf returns the limit per minute of a method, or 0.
func (s *Server) LimitOf(method string) int {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	return s.limits.perMinute[method]
}
