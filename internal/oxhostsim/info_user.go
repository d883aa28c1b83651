package oxhostsim

import "net/http"

// infoUser serves GET info_user?user_id. Its answer also contains personal data,
// which a client should not keep.
func (s *Server) infoUser(c call) answer {
	userID := c.URL.Query().Get("user_id")
	if userID == "" {
		return refusal(http.StatusBadRequest, "Missing user_id")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.accounts[userID]
	if account == nil {
		return refusal(http.StatusOK, "User not found")
	}
	active := 0
	if account.Active {
		active = 1
	}
	return answer{http.StatusOK, object{
		{"success", true},
		{"user", object{
			{"id", account.ID},
			{"username", account.Username},
			{"email", account.Email},
			{"balance", account.Balance.StringFixed(2)},
			{"isActive", active},
			{"currency", s.cfg.Currency},
		}},
	}}
}
