package oxhostsim

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// redacted replaces the value of a secret header in an [Arrival].
const redacted = "***"

// Arrival is one create_order request that reached the server, even if it was
// refused or a fault happened.
type Arrival struct {
	At     time.Time
	Header http.Header // secrets replaced by "***"
	Body   []byte      // as sent; cut at 1 MiB, incomplete if the client disconnected
	KeyOK  bool        // the API key was right
	Reused bool        // its connection had already carried another request
	Broken bool        // the body was not received completely, or was not read at all
}

// Arrivals returns every create_order POST that reached the server, oldest first.
func (s *Server) Arrivals() []Arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrivals)
}

// WaitArrival waits until at least n create_order requests have reached the
// server. If the context ends first, it returns the context's cause.
func (s *Server) WaitArrival(ctx context.Context, n int) error {
	return s.waitFor(ctx, func() bool { return len(s.arrivals) >= n })
}

// recordArrival adds an arrival, without its secrets.
func (s *Server) recordArrival(r *http.Request, body []byte, broken, reused bool) {
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
	s.notifyWaiters()
}
