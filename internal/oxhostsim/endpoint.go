package oxhostsim

import (
	"crypto/subtle"
	"io"
	"net/http"
)

// maxBodySize is the maximum number of bytes that are read of a request.
const maxBodySize = 1 << 20

// call is one request with the right method and key.
type call struct {
	*http.Request
	body   []byte
	commit bool // false: answer as usual, but charge nothing
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/API/orders/create_order", s.endpoint(CreateOrder, http.MethodPost, s.createOrder))
	mux.Handle("/API/orders/list_order", s.endpoint(ListOrder, http.MethodGet, s.listOrder))
	mux.Handle("/API/info_user", s.endpoint(InfoUser, http.MethodGet, s.infoUser))
	mux.Handle("/API/plans/list_plan", s.endpoint(ListPlan, http.MethodGet, s.listPlan))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			panic(http.ErrAbortHandler)
		}
		defer s.work.Done()
		mux.ServeHTTP(w, r)
	})
}

// endpoint adds to a call what all calls have in common: arrivals, faults, the
// method and the key.
func (s *Server) endpoint(name Endpoint, method string, serve func(call) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reused := countRequest(r)
		if f, ok := s.faults.take(func(a *armedFault) bool {
			return a.endpoint == name && a.Kind == ResetReading && (reused || !a.Reused)
		}); ok {
			s.arrivedAt(name, r, nil, true, reused)
			s.send(w, r, f, answer{})
			return
		}

		body, err := io.ReadAll(io.LimitReader(r.Body, maxBodySize))
		s.arrivedAt(name, r, body, err != nil, reused)
		if err != nil {
			panic(http.ErrAbortHandler) // the client has disconnected
		}

		serverID := serverOf(r, body)
		f, _ := s.faults.take(func(a *armedFault) bool {
			return a.endpoint == name && a.Kind != ResetReading && (reused || !a.Reused) &&
				(a.ServerID == "" || a.ServerID == serverID)
		})
		if f.Stage == BeforeCharge {
			s.waitFault(f)
		}
		var a answer
		switch commit := f.Stage == AfterCharge || f.Kind == Pass; {
		case r.Method != method:
			a = refusal(http.StatusMethodNotAllowed, "Method not allowed")
		case !s.keyOK(r):
			a = refusal(http.StatusUnauthorized, "Invalid API key")
		default:
			a = serve(call{r, body, commit})
		}
		if f.Stage == AfterCharge {
			s.waitFault(f)
		}
		s.send(w, r, f, a)
	})
}

// waitFault waits as long as the fault says, and drops the request if the server
// is closed first.
func (s *Server) waitFault(f Fault) {
	if err := f.wait(s.closing); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// arrivedAt records a request as an arrival if it is a create_order.
func (s *Server) arrivedAt(name Endpoint, r *http.Request, body []byte, broken, reused bool) {
	if name == CreateOrder && r.Method == http.MethodPost {
		s.recordArrival(r, body, broken, reused)
	}
}

func (s *Server) keyOK(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Api-Key")), []byte(s.cfg.APIKey)) == 1
}
