package oxhost_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/order"
	"extendbot/oxhost"
)

// Each fault happens once before and once after the charge. In each case one
// request arrives, and the verdict does not depend on what the client cannot
// know.
func TestVerdict_EachAnswer(t *testing.T) {
	status := func(code int, body string) oxhostsim.Fault {
		return oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Body: body}
	}
	altered := func(path string, value any) oxhostsim.Fault {
		return oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{path: value}}
	}
	missing := func(path string) oxhostsim.Fault {
		return oxhostsim.Fault{Kind: oxhostsim.Alter, Drop: []string{path}}
	}
	elsewhere := func(code int) oxhostsim.Fault {
		return oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Header: http.Header{"Location": {"/API/orders/create_order"}}}
	}
	no := `{"success":false,"message":"No\u0000 such  <b>thing</b>"}`
	for name, test := range map[string]struct {
		fault   oxhostsim.Fault
		verdict order.Verdict
		reason  string
	}{
		"success":                   {oxhostsim.Fault{}, order.Done, ""},
		"201":                       {status(201, `{"success":true}`), order.Done, ""},
		"success false":             {status(200, no), order.RefusedByHost, "No such <b>thing</b>"},
		"success false, no message": {status(200, `{"success":false}`), order.RefusedByHost, "0xhost gave no reason"},
		"400":                       {status(400, no), order.RefusedByHost, "No such <b>thing</b>"},
		"401":                       {status(401, ""), order.RefusedByHost, "0xhost answered with HTTP 401 (Unauthorized)"},
		"402":                       {status(402, "<html>"), order.RefusedByHost, "0xhost answered with HTTP 402 (Payment Required)"},
		"403":                       {status(403, no), order.RefusedByHost, "No such <b>thing</b>"},
		"404":                       {status(404, no), order.RefusedByHost, "No such <b>thing</b>"},
		"422":                       {status(422, no), order.RefusedByHost, "No such <b>thing</b>"},
		"422 with success true":     {status(422, `{"success":true}`), order.UnknownOutcome, "0xhost answered with HTTP 422 (Unprocessable Entity), but the body reports success"},
		"429":                       {status(429, ""), order.Throttled, "0xhost answered with HTTP 429 (Too Many Requests)"},
		"429 with success true":     {status(429, `{"success":true}`), order.UnknownOutcome, "0xhost answered with HTTP 429 (Too Many Requests), but the body reports success"},
		"301":                       {elsewhere(301), order.UnknownOutcome, "0xhost answered with HTTP 301 (Moved Permanently)"},
		"302":                       {elsewhere(302), order.UnknownOutcome, "0xhost answered with HTTP 302 (Found)"},
		"303":                       {elsewhere(303), order.UnknownOutcome, "0xhost answered with HTTP 303 (See Other)"},
		"307":                       {elsewhere(307), order.UnknownOutcome, "0xhost answered with HTTP 307 (Temporary Redirect)"},
		"308":                       {elsewhere(308), order.UnknownOutcome, "0xhost answered with HTTP 308 (Permanent Redirect)"},
		"405":                       {status(405, no), order.UnknownOutcome, "0xhost answered with HTTP 405 (Method Not Allowed)"},
		"408":                       {status(408, no), order.UnknownOutcome, "0xhost answered with HTTP 408 (Request Timeout)"},
		"409":                       {status(409, no), order.UnknownOutcome, "0xhost answered with HTTP 409 (Conflict)"},
		"500":                       {status(500, no), order.UnknownOutcome, "0xhost answered with HTTP 500 (Internal Server Error)"},
		"502":                       {status(502, "<html>"), order.UnknownOutcome, "0xhost answered with HTTP 502 (Bad Gateway)"},
		"503":                       {status(503, ""), order.UnknownOutcome, "0xhost answered with HTTP 503 (Service Unavailable)"},
		"504":                       {status(504, ""), order.UnknownOutcome, "0xhost answered with HTTP 504 (Gateway Timeout)"},
		"599":                       {status(599, ""), order.UnknownOutcome, "0xhost answered with HTTP 599"},
		"hang":                      {oxhostsim.Fault{Kind: oxhostsim.Hang}, order.UnknownOutcome, "0xhost did not answer in time"},
		"reset":                     {oxhostsim.Fault{Kind: oxhostsim.Reset}, order.UnknownOutcome, "the order was sent, but the connection ended without an answer"},
		"hang-up":                   {oxhostsim.Fault{Kind: oxhostsim.Hangup}, order.UnknownOutcome, "the order was sent, but the connection ended without an answer"},
		"half":                      {oxhostsim.Fault{Kind: oxhostsim.Half}, order.UnknownOutcome, "0xhost's answer could not be read"},
		"half, chunked":             {oxhostsim.Fault{Kind: oxhostsim.HalfChunked}, order.UnknownOutcome, "0xhost's answer could not be read"},
		"slow drip":                 {oxhostsim.Fault{Kind: oxhostsim.Drip}, order.UnknownOutcome, "0xhost did not answer in time"},
		"50 MB":                     {oxhostsim.Fault{Kind: oxhostsim.Flood}, order.UnknownOutcome, "0xhost's answer could not be read"},
		"50 MB, chunked":            {oxhostsim.Fault{Kind: oxhostsim.FloodChunked}, order.UnknownOutcome, "0xhost's answer could not be read"},
		"HTML with 200":             {status(200, "<html>"), order.UnknownOutcome, "0xhost's answer is not valid"},
		"empty 200":                 {status(200, ""), order.UnknownOutcome, "0xhost's answer is not valid"},
		"204":                       {status(204, ""), order.UnknownOutcome, "0xhost's answer is not valid"},
		"another shape":             {status(200, `[true]`), order.UnknownOutcome, "0xhost's answer is not valid"},
		"null":                      {status(200, `null`), order.UnknownOutcome, "0xhost's answer is not valid"},
		"two answers":               {status(200, `{"success":true}{"success":true}`), order.UnknownOutcome, "0xhost's answer is not valid"},
		"success twice":             {status(200, `{"success":true,"success":false}`), order.UnknownOutcome, "0xhost's answer is not valid"},
		"success missing":           {missing("success"), order.UnknownOutcome, "0xhost's answer is not valid"},
		"success null":              {altered("success", nil), order.UnknownOutcome, "0xhost's answer is not valid"},
		"success a word":            {altered("success", "true"), order.UnknownOutcome, "0xhost's answer is not valid"},
		"success a number":          {altered("success", 1), order.UnknownOutcome, "0xhost's answer is not valid"},
		"an amount of a million":    {altered("amount", "1e999999999"), order.UnknownOutcome, "0xhost reports success, but the rest of its answer is not valid"},
		"a negative amount":         {altered("amount", -1), order.Done, ""},
		"an id with a space":        {altered("order_id", "a b"), order.Done, ""},
		"no hours":                  {altered("hours_purchased", "0"), order.UnknownOutcome, "0xhost reports success, but the rest of its answer is not valid"},
		"half an hour":              {altered("hours_purchased", 0.5), order.UnknownOutcome, "0xhost reports success, but the rest of its answer is not valid"},
		"no status":                 {altered("server_status", nil), order.Done, ""},
		"a status that is text":     {altered("server_status", "active"), order.Done, ""},
		"an invalid date":           {altered("server_status.expire_date", "0000-00-00 00:00:00"), order.Done, ""},
		"another server":            {altered("server_status.id", "other"), order.Done, ""},
		"another owner":             {altered("server_status.owner_id", "other"), order.Done, ""},
		"another type":              {altered("type", "new_server"), order.Done, ""},
	} {
		for stage, moment := range []string{"before the charge", "after the charge"} {
			t.Run(name+"/"+moment, func(t *testing.T) {
				t.Parallel()
				sim := startSim(t, oxhostsim.Config{})
				fault := test.fault
				fault.Stage = oxhostsim.Stage(stage)
				sim.Fail(oxhostsim.CreateOrder, fault, 1)
				ctx := t.Context()
				if fault.Kind == oxhostsim.Hang || fault.Kind == oxhostsim.Drip {
					ctx = lateOnArrival(t, sim)
				}

				receipt, err := simClient(t, sim, oxhost.WithTimeout(time.Minute)).ExtendServer(ctx, day)

				wantVerdict(t, err, test.verdict, test.reason)
				if n := len(sim.Arrivals()); n != 1 {
					t.Errorf("%d arrivals", n)
				}
				if want := stage == 1 || fault.Kind == oxhostsim.Pass; want {
					wantCharge(t, sim)
				} else if n := len(sim.Charges()); n != 0 {
					t.Errorf("%d charges", n)
				}
				wantNoSecrets(t, sim, receipt, err)
			})
		}
	}
}

// wantCharge waits for one charge. It may come after the caller has given up,
// because the arrival is recorded before the charge.
func wantCharge(t *testing.T, sim *oxhostsim.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := sim.WaitCharge(ctx, 1); err != nil || len(sim.Charges()) != 1 {
		t.Errorf("%d charges (%v)", len(sim.Charges()), err)
	}
}

// manualDeadline is a context whose deadline passes when a test closes passedC.
type manualDeadline struct {
	context.Context //nolint:containedctx // it is a context

	passedC chan struct{}
}

func (d manualDeadline) Done() <-chan struct{} { return d.passedC }

func (d manualDeadline) Err() error {
	select {
	case <-d.passedC:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// lateOnArrival is a context whose deadline passes when the order has arrived.
func lateOnArrival(t *testing.T, sim *oxhostsim.Server) context.Context {
	t.Helper()
	ctx := manualDeadline{context.Background(), make(chan struct{})}
	var watch sync.WaitGroup
	watch.Go(func() {
		if err := sim.WaitArrival(t.Context(), 1); err == nil {
			close(ctx.passedC)
		}
	})
	t.Cleanup(watch.Wait)
	return ctx
}

// wantVerdict fails the test unless err has the verdict and the reason.
func wantVerdict(t *testing.T, err error, verdict order.Verdict, reason string) {
	t.Helper()
	if verdict == order.Done {
		if err != nil {
			t.Error(err)
		}
		return
	}
	failed, ok := errors.AsType[*order.PlaceError](err)
	if !ok {
		t.Fatalf("%T: %v, want a PlaceError", err, err)
	}
	if failed.Verdict != verdict || failed.Reason != reason {
		t.Errorf("%s %q, want %s %q", failed.Verdict, failed.Reason, verdict, reason)
	}
}

// A valid Retry-After header is used, up to a day.
func TestVerdict_RetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"4000000000":                    24 * time.Hour,
		"99999999999999999999":          0,
		"Tue, 03 Feb 2026 12:01:30 GMT": 90 * time.Second,
		"Tue, 03 Feb 2026 11:59:00 GMT": 0,
	} {
		sim := startSim(t, oxhostsim.Config{})
		sim.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{
			Kind: oxhostsim.Status, Code: 429, Header: http.Header{"Retry-After": {header}},
		}, 1)
		client := simClient(t, sim, oxhost.WithClock(func() time.Time { return noon }))
		_, err := client.ExtendServer(t.Context(), day)
		failed, ok := errors.AsType[*order.PlaceError](err)
		if !ok || failed.RetryAfter != want {
			t.Errorf("Retry-After %q: %v after %v, want %v", header, err, failed.RetryAfter, want)
		}
	}
}

// If a call is canceled after its request arrived, the outcome is unknown, and
// the error has the cause.
func TestVerdict_UnknownIfCanceledLate(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	sim.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	client := simClient(t, sim)
	done := make(chan error, 1)
	go func() {
		_, err := client.ExtendServer(ctx, day)
		done <- err
	}()
	if err := sim.WaitArrival(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel(enough)
	err := <-done
	wantVerdict(t, err, order.UnknownOutcome, "the order was sent, but the connection ended without an answer")
	if !errors.Is(err, enough) {
		t.Errorf("%v hides its cause", err)
	}
}

// A message from 0xhost is cut.
func TestVerdict_MessageIsCut(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	sim.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 400, Body: `{"success":false,"message":"No: ` + strings.Repeat("é", 1000) + `"}`}, 1)
	_, err := simClient(t, sim).ExtendServer(t.Context(), day)
	wantVerdict(t, err, order.RefusedByHost, "No: "+strings.Repeat("é", 295)+"…")
}

// A message that may contain a secret is hidden in refusals and in errors of read
// calls. The status is shown.
func TestVerdict_SecretMessageIsHidden(t *testing.T) {
	const hidden = "0xhost's message is not shown, because it may contain a password or a key"
	sim := startSim(t, oxhostsim.Config{})
	client := simClient(t, sim)
	for _, message := range []string{"the root password is hunter22222", "key " + sim.APIKey() + " is not valid"} {
		for code, want := range map[int]string{200: hidden, 401: "0xhost answered with HTTP 401 (Unauthorized); " + hidden} {
			body, err := json.Marshal(map[string]any{"success": false, "message": message})
			if err != nil {
				t.Fatal(err)
			}
			fault := oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Body: string(body)}
			sim.Fail(oxhostsim.CreateOrder, fault, 1)
			_, err = client.ExtendServer(t.Context(), day)
			wantVerdict(t, err, order.RefusedByHost, want)

			sim.Fail(oxhostsim.InfoUser, fault, 1)
			_, readErr := client.Account(t.Context(), alice)
			if readErr == nil || !strings.HasSuffix(readErr.Error(), ": "+hidden) {
				t.Error(readErr)
			}
			wantNoSecrets(t, sim, err, readErr)
		}
	}
}

// The reason is found wherever 0xhost writes it.
func TestVerdict_ReasonsInsideTheAnswer(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	client := simClient(t, sim)
	for _, test := range []struct{ body, want string }{
		{`{"success":false,"message":"The given data was invalid.","errors":{"hours":["must be at most 100"]}}`, "The given data was invalid (hours: must be at most 100)"},
		{`{"errors":{"hours":["must be at most 100","must be odd"],"server_id":["is gone"]}}`, "hours: must be at most 100, must be odd; server_id: is gone"},
		{`{"message":"must be at most 100","errors":{"hours":["must be at most 100"]}}`, "must be at most 100"},
		{`{"success":false,"errors":["hours must be at most 100"]}`, "hours must be at most 100"},
		{`{"success":false,"error":"hours must be at most 100"}`, "hours must be at most 100"},
		{`{"success":false,"error":{"code":"E17","message":"hours must be at most 100"}}`, "code: E17; message: hours must be at most 100"},
		{`{"error":true,"Message":"hours must be at most 100"}`, "hours must be at most 100"},
		{`{"detail":[{"loc":["body","hours"],"msg":"must be at most 100"}]}`, "loc: body, hours; msg: must be at most 100"},
		{`{"title":"Bad Request","status":400,"detail":"hours must be at most 100"}`, "Bad Request (hours must be at most 100)"},
		{`{"success":false,"data":{"message":"hours must be at most 100","metadata":"hunter22222"}}`, "hours must be at most 100"},
		{`{"success":false,"msg":"hours must be at most 100"}`, "hours must be at most 100"},
		{`["hours must be at most 100"]`, "hours must be at most 100"},
		{`{"success":false,"message":null,"errors":[]}`, ""},
		{`{"success":false,"message":"Invalid data","errors":{"root_password":["hunter22222"]}}`, "; 0xhost's message is not shown, because it may contain a password or a key"},
	} {
		for _, code := range []int{400, 403, 404, 422} {
			want := test.want
			if status := fmt.Sprintf("0xhost answered with HTTP %d (%s)", code, http.StatusText(code)); want == "" || want[0] == ';' {
				want = status + want
			}
			sim.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Body: test.body}, 1)
			_, err := client.ExtendServer(t.Context(), day)
			wantVerdict(t, err, order.RefusedByHost, want)
		}
	}
}

// The error of a lost answer wraps its cause.
func TestVerdict_LostAnswerKeepsCause(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	sim.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup}, 1)
	if _, err := simClient(t, sim).ExtendServer(t.Context(), day); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
