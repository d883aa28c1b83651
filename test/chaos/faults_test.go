package chaos

import (
	"math/rand/v2"
	"net/http"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

// heldBack is the longest that a fault holds a request back: people who look
// into 0xhost's books must not come before it, so it is far below afterthought.
const heldBack = 175 * time.Millisecond

// lossy lists ways of 0xhost to lose an answer, before or after the charge.
func lossy() []oxhostsim.Fault {
	return []oxhostsim.Fault{
		{Kind: oxhostsim.Hangup}, {Kind: oxhostsim.Reset}, {Kind: oxhostsim.Half}, {Kind: oxhostsim.HalfChunked},
		{Kind: oxhostsim.Hang}, {Kind: oxhostsim.ResetReading}, {Kind: oxhostsim.Pass, Delay: heldBack},
		{Kind: oxhostsim.Status, Code: http.StatusBadGateway, Body: "<html>bad gateway</html>"},
		{Kind: oxhostsim.Status, Body: "<html>welcome</html>"},
		{Kind: oxhostsim.Status, Code: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"/elsewhere"}}},
	}
}

// clearly lists answers of 0xhost by which nothing was charged.
func clearly() []oxhostsim.Fault {
	return []oxhostsim.Fault{
		{Kind: oxhostsim.Status, Code: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}}},
		{Kind: oxhostsim.Status, Code: http.StatusPaymentRequired, Body: `{"success":false,"message":"Insufficient balance"}`},
	}
}

// troubles lists what Slack answers in passing; the last is an answer that is
// lost, after which a message may come twice.
func troubles() []slacksim.Fault { return append(passing(), slacksim.Fault{After: slacksim.Reset}) }

// passing lists those after which nothing comes twice.
func passing() []slacksim.Fault {
	return []slacksim.Fault{
		{RetryAfter: time.Second}, {NoRetryAfter: true, Status: http.StatusTooManyRequests},
		{Status: http.StatusServiceUnavailable, Body: "<html>later</html>"}, {Before: slacksim.Reset},
		{Delay: heldBack},
	}
}

// arm lets some things go wrong in a round; slack is how.
func (w *world) arm(rng *rand.Rand, slack []slacksim.Fault) {
	for range rng.IntN(3) {
		f := pick(rng, lossy())
		if rng.IntN(2) == 0 && f.Kind != oxhostsim.ResetReading {
			f.Stage = oxhostsim.AfterCharge
		}
		w.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
	}
	for range rng.IntN(2) {
		w.oxhost.Fail(oxhostsim.CreateOrder, pick(rng, clearly()), 1)
	}
	for range rng.IntN(4) {
		f := pick(rng, slack)
		w.lostAnswers = w.lostAnswers || f.After != slacksim.None
		w.slack.Fail(pick(rng, []string{"chat.postMessage", "chat.update", "response_url"}), f, 1+rng.IntN(2))
	}
}

// mend ends what may still go wrong.
func (w *world) mend() {
	w.oxhost.Clear(oxhostsim.CreateOrder)
	w.oxhost.Clear(oxhostsim.ListOrder)
	w.slack.Clear("")
}

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

// upTo gives a time below most.
func upTo(rng *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(most)))
}
