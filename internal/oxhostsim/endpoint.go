package oxhostsim

import (
	"crypto/subtle"
	"io"
	"net/http"
)

// maxBody is how much of a request the server reads.
const maxBody = 1 << 20

// call is one admitted request.
type call struct {
	*http.Request
	body   []byte
	commit bool // false: say what would happen, and let nothing happen
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

// endpoint wraps a call with what all have in common: arrival, faults, method, key.
func (s *Server) endpoint(name Endpoint, method string, serve func(call) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reused := countRequest(r)
		if f, ok := s.faults.take(func(a *armedFault) bool {
			return a.endpoint == name && a.Kind == ResetReading && (reused || !a.Reused)
		}); ok {
			s.noteArrival(name, r, nil, true, reused)
			s.send(w, r, f, answer{})
			return
		}

		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		s.noteArrival(name, r, body, err != nil, reused)
		if err != nil {
			panic(http.ErrAbortHandler) // the client broke off: there is nobody to answer
		}

		serverID := serverOf(r, body)
		f, _ := s.faults.take(func(a *armedFault) bool {
			return a.endpoint == name && a.Kind != ResetReading && (reused || !a.Reused) &&
				(a.ServerID == "" || a.ServerID == serverID)
		})
		if f.Stage == BeforeCharge {
			s.hold(f)
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
			s.hold(f)
		}
		s.send(w, r, f, a)
	})
}

// hold waits as the fault says, and drops the request when the server closes meanwhile.
func (s *Server) hold(f Fault) {
	if err := f.wait(s.closing); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) noteArrival(name Endpoint, r *http.Request, body []byte, broken, reused bool) {
	if name == CreateOrder && r.Method == http.MethodPost {
		s.arrive(r, body, broken, reused)
	}
}

func (s *Server) keyOK(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Api-Key")), []byte(s.cfg.APIKey)) == 1
}
