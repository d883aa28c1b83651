package oxhostsim

import (
	"encoding/json"
	"net/http"
)

// listPlan serves GET plans/list_plan.
func (s *Server) listPlan(call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := []object{} // an empty list is [], not null
	for _, p := range s.plans {
		lines = append(lines, object{
			{"id", p.ID},
			{"name", p.Name},
			{"params", p.Params},
			{"external_id", p.ExternalID},
			{"price", json.Number(p.Price.StringFixed(2))},
			{"currency", s.cfg.Currency},
		})
	}
	return answer{http.StatusOK, object{{"success", true}, {"data", lines}}}
}
