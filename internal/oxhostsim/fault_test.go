package oxhostsim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
)

// outcome checks how a client sees a fault.
type outcome func(t *testing.T, response *http.Response, body []byte, err error)

func status(code int, want string) outcome {
	return func(t *testing.T, response *http.Response, body []byte, err error) {
		if err != nil || response.StatusCode != code || string(body) != want {
			t.Errorf("%v %q %v, want %d %q", response, body, err, code, want)
		}
	}
}

func broken(want error, answered bool) outcome {
	return func(t *testing.T, response *http.Response, _ []byte, err error) {
		if !errors.Is(err, want) || (response != nil) != answered {
			t.Errorf("%v %v, want %v, answered %v", response, err, want, answered)
		}
	}
}

func altered(field string, want any) outcome {
	return func(t *testing.T, _ *http.Response, body []byte, err error) {
		var answer map[string]any
		if err := errors.Join(err, json.Unmarshal(body, &answer)); err != nil || fmt.Sprint(answer[field]) != fmt.Sprint(want) {
			t.Errorf("%v: %v, want %v", err, answer[field], want)
		}
	}
}

// Each fault happens once, before or after the charge.
func TestFault_BeforeOrAfterCharge(t *testing.T) {
	elsewhere := http.Header{"Location": {"https://elsewhere.example/"}}
	for name, test := range map[string]struct {
		fault oxhostsim.Fault
		sees  outcome
	}{
		"400":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 400, Body: "no"}, status(400, "no")},
		"408":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 408}, status(408, "")},
		"409":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 409}, status(409, "")},
		"429":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 429, Header: http.Header{"Retry-After": {"7"}}}, status(429, "")},
		"301":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 301, Header: elsewhere}, status(301, "")},
		"302":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 302, Header: elsewhere}, status(302, "")},
		"307":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 307, Header: elsewhere}, status(307, "")},
		"308":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 308, Header: elsewhere}, status(308, "")},
		"500":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 500, Body: "<h1>oops"}, status(500, "<h1>oops")},
		"503":             {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 503}, status(503, "")},
		"HTML with 200":   {oxhostsim.Fault{Kind: oxhostsim.Status, Body: "<html>"}, status(200, "<html>")},
		"empty 200":       {oxhostsim.Fault{Kind: oxhostsim.Status}, status(200, "")},
		"another shape":   {oxhostsim.Fault{Kind: oxhostsim.Status, Body: `["success"]`}, status(200, `["success"]`)},
		"reset":           {oxhostsim.Fault{Kind: oxhostsim.Reset}, broken(syscall.ECONNRESET, false)},
		"hang-up":         {oxhostsim.Fault{Kind: oxhostsim.Hangup}, broken(io.EOF, false)},
		"half":            {oxhostsim.Fault{Kind: oxhostsim.Half}, broken(io.ErrUnexpectedEOF, true)},
		"half, chunked":   {oxhostsim.Fault{Kind: oxhostsim.HalfChunked}, broken(io.ErrUnexpectedEOF, true)},
		"drip":            {oxhostsim.Fault{Kind: oxhostsim.Drip, Every: time.Microsecond}, altered("type", "renew_server")},
		"flood":           {oxhostsim.Fault{Kind: oxhostsim.Flood, Size: 3 << 20}, altered("type", "renew_server")},
		"flood, chunked":  {oxhostsim.Fault{Kind: oxhostsim.FloodChunked, Size: 3 << 20}, altered("type", "renew_server")},
		"wrong hours":     {oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{"hours_purchased": "99"}}, altered("hours_purchased", 99)},
		"wrong type":      {oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{"type": "new_server"}}, altered("type", "new_server")},
		"wrong server":    {oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{"server_status.id": "x"}}, altered("type", "renew_server")},
		"success missing": {oxhostsim.Fault{Kind: oxhostsim.Alter, Drop: []string{"success"}}, altered("success", nil)},
	} {
		for stage, balance := range map[oxhostsim.Stage]string{oxhostsim.BeforeCharge: "100.00", oxhostsim.AfterCharge: "99.98"} {
			t.Run(fmt.Sprint(name, "/", map[oxhostsim.Stage]string{0: "before", 1: "after"}[stage]), func(t *testing.T) {
				s := start(t, oxhostsim.Config{})
				test.fault.Stage = stage
				s.Fail(oxhostsim.CreateOrder, test.fault, 1)

				response, body, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour)
				test.sees(t, response, body, err)

				s.wantCharged(1, int(stage), balance)
				if n := s.Unspent(); n != 0 {
					t.Errorf("%d faults were not used", n)
				}
				if _, answer := s.order(extendOneHour); answer["success"] != true {
					t.Errorf("a fault armed once happened twice: %v", answer)
				}
			})
		}
	}
}

// orderInBackground sends an order and waits until it has arrived. The returned
// channel receives the error of the request.
func (s *testHost) orderInBackground(ctx context.Context) <-chan error {
	s.t.Helper()
	gone := make(chan error, 1)
	go func() {
		_, _, err := s.do(ctx, http.MethodPost, "orders/create_order", extendOneHour)
		gone <- err
	}()
	if err := s.WaitArrival(s.t.Context(), 1); err != nil {
		s.t.Fatal(err)
	}
	return gone
}

// A request that hangs ends when the client gives up.
func TestFault_HangEndsWithClient(t *testing.T) {
	for _, stage := range []oxhostsim.Stage{oxhostsim.BeforeCharge, oxhostsim.AfterCharge} {
		s := start(t, oxhostsim.Config{})
		s.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang, Stage: stage}, 1)
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := s.orderInBackground(ctx)
		if err := s.WaitCharge(t.Context(), int(stage)); err != nil {
			t.Fatal(err)
		}
		cancel(enough)
		if err := <-gone; !errors.Is(err, enough) {
			t.Error(err)
		}
		if got := len(s.Charges()); got != int(stage) {
			t.Errorf("%d charges", got)
		}
	}
}

// Close ends requests that hang.
func TestClose_EndsHangingRequests(t *testing.T) {
	for _, fault := range []oxhostsim.Fault{
		{Kind: oxhostsim.Hang},
		{Delay: time.Hour},
		{Until: make(chan struct{})},
		{Until: make(chan struct{}), Stage: oxhostsim.AfterCharge},
		{Kind: oxhostsim.Drip, Every: time.Hour},
	} {
		s := start(t, oxhostsim.Config{})
		s.Fail(oxhostsim.CreateOrder, fault, 1)
		gone := s.orderInBackground(t.Context())
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-gone; err == nil {
			t.Errorf("%+v: answered", fault)
		}
	}
}

// A request whose client has disconnected is charged anyway, because 0xhost does
// not notice.
func TestFault_CanceledRequestIsCharged(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	release := make(chan struct{})
	s.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Until: release}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	gone := s.orderInBackground(ctx)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.wantCharged(1, 0, "100.00")
	close(release)
	if err := s.WaitCharge(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s.wantCharged(1, 1, "99.98")
}

// A request whose connection was reset before its body was read is an arrival
// without a body.
func TestFault_ResetReadingIsAnArrival(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.ResetReading, Stage: oxhostsim.AfterCharge}, 1)
	_, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour)
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Error(err)
	}
	s.wantCharged(1, 0, "100.00")
	if arrival := s.Arrivals()[0]; !arrival.Broken || len(arrival.Body) > 0 {
		t.Errorf("%+v", arrival)
	}
}

// An idle connection can be closed just when the next request uses it.
func TestFault_KeptConnectionCloses(t *testing.T) {
	for stage := range oxhostsim.Stage(2) {
		s := start(t, oxhostsim.Config{})
		s.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: stage, Reused: true}, 1)
		s.order(extendOneHour)
		if _, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour); err == nil {
			t.Error("answered")
		}
		if arrivals := s.Arrivals(); len(arrivals) != 2 || !arrivals[1].Reused {
			t.Errorf("%+v", arrivals)
		}
		if got := len(s.Charges()); got != 1+int(stage) {
			t.Errorf("%d charges", got)
		}
	}
}

// CloseIdle closes idle connections.
func TestCloseIdle_ClosesConnections(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.order(extendOneHour)
	for s.CloseIdle() == 0 { // a connection becomes idle shortly after the answer
		if t.Context().Err() != nil {
			t.Fatal("never idle")
		}
	}
	// The client may not have noticed yet. A request that arrives uses a new
	// connection.
	if _, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour); err != nil {
		s.order(extendOneHour)
	}
	if arrivals := s.Arrivals(); len(arrivals) != 2 || arrivals[1].Reused {
		t.Errorf("%+v", arrivals)
	}
}

// A fault can be limited to one server, and can last until Clear.
func TestFault_OneServerUntilClear(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.AddServer(oxhostsim.RentedServer{ID: "server-db-1", OwnerID: alice})
	s.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 502, Body: "{}", ServerID: web1}, -1)
	other := strings.ReplaceAll(extendOneHour, web1, "server-db-1")
	for range 3 {
		if code, _ := s.order(extendOneHour); code != 502 {
			t.Error(code)
		}
		if code, _ := s.order(other); code != 200 {
			t.Error(code)
		}
	}
	s.Clear(oxhostsim.CreateOrder)
	if code, _ := s.order(extendOneHour); code != 200 {
		t.Error(code)
	}
}

// Read calls can fail, too.
func TestFault_ReadingCalls(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	for endpoint, path := range map[oxhostsim.Endpoint]string{
		oxhostsim.ListOrder: "orders/list_order?user_id=user-alice",
		oxhostsim.InfoUser:  "info_user?user_id=user-alice",
		oxhostsim.ListPlan:  "plans/list_plan",
	} {
		s.Fail(endpoint, oxhostsim.Fault{Kind: oxhostsim.Hangup}, 1)
		if _, _, err := s.do(t.Context(), http.MethodGet, path, ""); err != nil && !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", endpoint, err)
		}
		if n := s.Unspent(); n != 0 {
			t.Errorf("%s: the fault was not used", endpoint)
		}
	}
}
