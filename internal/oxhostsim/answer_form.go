package oxhostsim

import (
	"encoding/json"
	"strconv"

	"github.com/shopspring/decimal"
)

// Numbers says whether the numbers of an answer are JSON numbers or strings.
type Numbers int

// How create_order writes its numbers.
const (
	// NumbersAsShown mixes both, like the example on the API page.
	NumbersAsShown Numbers = iota
	// NumbersAsStrings writes each number as a string: "amount":"0.02".
	NumbersAsStrings
	// NumbersBare writes each number as a number: "hours_purchased":1.
	NumbersBare
)

// Form is the form of a successful answer of create_order. The zero value is
// that of the example on the API page: flat, numbers mixed, top-level password
// null.
type Form struct {
	// Wrapped puts everything except success and message inside data, as the table
	// on the API page says, unlike its example.
	Wrapped bool
	// Numbers is how numbers are written.
	Numbers Numbers
	// Password sets the top-level password; otherwise it is null.
	Password bool
	// Set replaces or adds fields by path, such as "server_status.cpu": nil.
	Set map[string]any
	// Drop removes fields by path, after Set.
	Drop []string
}

// SetForm changes how create_order answers from now on.
func (s *Server) SetForm(f Form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.form = f
}

// shape returns a flat success answer in this form.
func (f Form) shape(flat object) object {
	flat = alter(flat, f.Set, f.Drop)
	if !f.Wrapped {
		return flat
	}
	var outer, inner object
	for _, m := range flat {
		if m.name == "success" || m.name == "message" {
			outer = append(outer, m)
		} else {
			inner = append(inner, m)
		}
	}
	return append(outer, member{"data", inner})
}

func alter(o object, set map[string]any, drop []string) object {
	for path, value := range set {
		o = o.with(path, value)
	}
	for _, path := range drop {
		o = o.without(path)
	}
	return o
}

// bare writes a number that the API page shows as a number.
func (n Numbers) bare(text string) any {
	if n == NumbersAsStrings {
		return text
	}
	return json.Number(text)
}

// quoted writes a number that the API page shows as a string.
func (n Numbers) quoted(text string) any {
	if n == NumbersBare {
		return json.Number(text)
	}
	return text
}

func (n Numbers) int(v int) any { return n.bare(strconv.Itoa(v)) }

func (n Numbers) money(v decimal.Decimal) any { return n.bare(v.StringFixed(2)) }
