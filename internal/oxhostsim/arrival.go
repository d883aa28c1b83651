package oxhostsim

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// redacted stands in an [Arrival] for the value of a header that is a secret.
const redacted = "***"

// Arrival is one create_order request that reached the server, even when it
// was refused or met a fault.
type Arrival struct {
	At     time.Time
	Header http.Header // secrets replaced by "***"
	Body   []byte      // as sent; cut at 1 MiB, short if the client broke off
	KeyOK  bool        // the API key was the right one
	Reused bool        // its connection had carried a request before
	Broken bool        // the body did not come in whole, or was not read at all
}

// Arrivals returns every create_order POST that reached the server, in the
// order in which they came.
func (s *Server) Arrivals() []Arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrivals)
}

// WaitArrival waits until at least n create_order requests have reached the
// server. It returns the context's cause when that ends first.
func (s *Server) WaitArrival(ctx context.Context, n int) error {
	return s.until(ctx, func() bool { return len(s.arrivals) >= n })
}

func (s *Server) arrive(r *http.Request, body []byte, broken, reused bool) {
	header := r.Header.Clone()
	for _, name := range []string{"X-Api-Key", "Authorization", "Proxy-Authorization", "Cookie"} {
		if header.Get(name) != "" {
			header.Set(name, redacted)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrivals = append(s.arrivals, Arrival{
		At:     s.cfg.Now(),
		Header: header,
		Body:   slices.Clone(body),
		KeyOK:  s.keyOK(r),
		Reused: reused,
		Broken: broken,
	})
	s.tell()
}
