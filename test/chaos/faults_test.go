//go:build chaos

package chaos

import (
	"math/rand/v2"
	"net/http"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

// maxDelay is the longest delay of a request by a fault. It is far below
// lateCharge, because people must not look for a charge before it is made.
const maxDelay = 175 * time.Millisecond

// lostAnswers lists the ways in which the answer of 0xhost is lost or does not
// show whether it charged, before or after the charge.
func lostAnswers() []oxhostsim.Fault {
	return []oxhostsim.Fault{
		{Kind: oxhostsim.Hangup}, {Kind: oxhostsim.Reset}, {Kind: oxhostsim.Half}, {Kind: oxhostsim.HalfChunked},
		{Kind: oxhostsim.Hang}, {Kind: oxhostsim.ResetReading}, {Kind: oxhostsim.Pass, Delay: maxDelay},
		{Kind: oxhostsim.Status, Code: http.StatusBadGateway, Body: "<html>bad gateway</html>"},
		{Kind: oxhostsim.Status, Body: "<html>welcome</html>"},
		{Kind: oxhostsim.Status, Code: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"/elsewhere"}}},
		{Kind: oxhostsim.Status, Code: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}}},
	}
}

// refusals lists answers of 0xhost that mean that nothing was charged.
func refusals() []oxhostsim.Fault {
	return []oxhostsim.Fault{
		{Kind: oxhostsim.Status, Code: http.StatusPaymentRequired, Body: `{"success":false,"message":"Insufficient balance"}`},
	}
}

// slackFaults lists temporary faults of Slack. The last one is a lost answer, after which
// a message may be posted twice.
func slackFaults() []slacksim.Fault {
	return append(harmlessSlackFaults(), slacksim.Fault{After: slacksim.Reset})
}

// harmlessSlackFaults lists faults after which nothing is posted twice.
func harmlessSlackFaults() []slacksim.Fault {
	return []slacksim.Fault{
		{RetryAfter: time.Second}, {NoRetryAfter: true, Status: http.StatusTooManyRequests},
		{Status: http.StatusServiceUnavailable, Body: "<html>later</html>"}, {Before: slacksim.Reset},
		{Delay: maxDelay},
	}
}

// armFaults arms some faults for a round. Those of Slack come from slack.
func (w *world) armFaults(rng *rand.Rand, slack []slacksim.Fault) {
	for range rng.IntN(3) {
		f := pick(rng, lostAnswers())
		if rng.IntN(2) == 0 && f.Kind != oxhostsim.ResetReading {
			f.Stage = oxhostsim.AfterCharge
		}
		w.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
	}
	for range rng.IntN(2) {
		w.oxhost.Fail(oxhostsim.CreateOrder, pick(rng, refusals()), 1)
	}
	for range rng.IntN(4) {
		f := pick(rng, slack)
		if f.After != slacksim.None {
			w.locked(func() { w.lostAnswers = append(w.lostAnswers, span{from: time.Now()}) })
		}
		w.slack.Fail(pick(rng, []string{"chat.postMessage", "chat.update", "response_url"}), f, 1+rng.IntN(2))
	}
}

// clearFaults removes the remaining faults.
func (w *world) clearFaults() {
	w.oxhost.Clear(oxhostsim.CreateOrder)
	w.oxhost.Clear(oxhostsim.ListOrder)
	w.oxhost.SetListing(oxhostsim.Listing{})
	w.setReachable(true)
	w.slack.Clear("")
	w.locked(func() {
		for i := range w.lostAnswers {
			if w.lostAnswers[i].to.IsZero() {
				w.lostAnswers[i].to = time.Now()
			}
		}
	})
}

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

// upTo returns a random time below most.
func upTo(rng *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(most)))
}
