package oxhostsim

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// purchaseRequest is the body of create_order. What is bought depends on which
// of its fields are present.
type purchaseRequest struct {
	UserID    string          `json:"user_id"`
	ServerID  string          `json:"server_id"`
	Hours     json.RawMessage `json:"hours"`
	PlanID    json.RawMessage `json:"plan_id"`
	OSImageID json.RawMessage `json:"os_image_id"`
	Location  json.RawMessage `json:"location"`
}

// serverOf returns the id of the server that a request names, or "".
func serverOf(r *http.Request, body []byte) string {
	if id := r.URL.Query().Get("server_id"); id != "" {
		return id
	}
	var p purchaseRequest
	_ = json.Unmarshal(body, &p) // an invalid body names no server
	return p.ServerID
}

// kind returns the type of purchase: an extension, or one of the others with the
// same URL.
func (p purchaseRequest) kind() string {
	switch {
	case present(p.OSImageID), present(p.Location), present(p.PlanID) && p.ServerID == "":
		return TypeNew
	case present(p.PlanID):
		return TypeScale
	default:
		return TypeRenew
	}
}

// present reports whether a field is present; null counts as absent.
func present(field json.RawMessage) bool {
	return len(field) > 0 && string(field) != "null"
}

// hours reads the hours as an integer or as a string; the API page has both.
func (p purchaseRequest) hours() (int, bool) {
	text := string(bytes.TrimSpace(p.Hours))
	var quoted string
	if json.Unmarshal(p.Hours, &quoted) == nil {
		text = quoted
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// createOrder serves POST orders/create_order.
func (s *Server) createOrder(c call) answer {
	var p purchaseRequest
	if err := json.Unmarshal(c.body, &p); err != nil {
		return refusal(http.StatusBadRequest, "Invalid JSON body")
	}
	if p.UserID == "" {
		return refusal(http.StatusUnprocessableEntity, "Missing required field: user_id")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch p.kind() {
	case TypeNew:
		return s.buyNew(p, c.commit)
	case TypeScale:
		return s.buyScale(p, c.commit)
	default:
		return s.buyHours(p, c.commit)
	}
}

// successAnswer returns the answer after a charge, as on the API page. The
// caller holds s.mu.
func (s *Server) successAnswer(c Charge, r RentedServer) answer {
	n := s.form.Numbers
	var password any
	if s.form.Password {
		password = s.newSecret()
	}
	return answer{http.StatusOK, s.form.shape(object{
		{"success", true},
		{"amount", n.money(c.Amount)},
		{"balance_before", n.quoted(c.BalanceBefore.StringFixed(2))},
		{"type", c.Type},
		{"plan_id", n.int(r.PlanID)},
		{"password", password},
		{"hours_purchased", n.quoted(strconv.Itoa(c.Hours))},
		{"upgrade_difference", n.int(0)},
		{"order_id", c.OrderID},
		{"server_status", s.serverStatus(r)},
	})}
}

// serverStatus returns the server as create_order shows it, with the root
// password in plain text. The caller holds s.mu.
func (s *Server) serverStatus(r RentedServer) object {
	n := s.form.Numbers
	autoRenew := 0
	if r.AutoRenew {
		autoRenew = 1
	}
	return object{
		{"id", r.ID},
		{"id_solusvm", n.int(482)},
		{"solusvm_uuid", "06955621-8277-4272-95f2-a16001d1e3a2"},
		{"cpu_cores", n.int(2)},
		{"ram", n.int(6442450944)},
		{"disk", n.int(40)},
		{"disk_type", "ssd"},
		{"cpu", nil},
		{"ramD", nil},
		{"diskD", nil},
		{"name", r.Name},
		{"auto_renew", n.int(autoRenew)},
		{"primary_ip", r.PrimaryIP},
		{"extra_ips", nil},
		{"status", r.Status},
		{"updated_at", s.formatTime(s.cfg.Now())},
		{"plan_id", n.int(r.PlanID)},
		{"location", r.Location},
		{"os_image_id", n.int(2)},
		{"rental_duration_hours", n.int(r.RentalHours)},
		{"owner_id", r.OwnerID},
		{"created_at", s.formatTime(r.CreatedAt)},
		{"expire_date", s.formatTime(r.ExpireDate)},
		{"metadata", "password=" + s.newSecret()},
		{"user_id", r.OwnerID},
		{"username", "root"},
		{"userIsActive", n.int(1)},
		{"plan_price", n.quoted(r.PlanPrice.StringFixed(2))},
	}
}

// newSecret returns a password that no other answer has. The caller holds s.mu.
func (s *Server) newSecret() string {
	secret := "simSecurePass" + rand.Text()
	s.secrets = append(s.secrets, secret)
	return secret
}

// formatTime writes a time as 0xhost does, without its zone.
func (s *Server) formatTime(t time.Time) string {
	return t.In(s.cfg.Location).Format(time.DateTime)
}
