//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

var (
	// planPrice is what 0xhost charges for 720 hours of a server: whole cents for each
	// hour, so that its list says the same price.
	planPrice = decimal.RequireFromString("72.00")
	// oldPrice is what the policy says of the servers of a round, until a receipt or the
	// list says better. It is more, so that no charge is above its estimate.
	oldPrice = decimal.RequireFromString("90.00")
	// accounts is how many accounts pay.
	accounts = decimal.NewFromInt(int64(len(members)))
)

const (
	// limitTime is the time of all limits, the shortest that a policy can have. So in a
	// run, nothing becomes free by itself.
	limitTime = time.Hour
	// raiseEvery is how often the limits are raised while people use the bot.
	raiseEvery = 200 * time.Millisecond
	// slowRaises is after how many raises the limits have grown by an order at least. While
	// 0xhost cannot be reached, it charges for nothing.
	slowRaises = 5
	// mostHours is the highest limit on hours that a policy can have.
	mostHours = 999_999
)

// limits are what the policy allows within limitTime.
type limits struct {
	person  int // hours
	account decimal.Decimal
	all     decimal.Decimal
}

// noLimits are limits that nobody reaches.
func noLimits() limits {
	const most = 999_999_999
	return limits{most, decimal.NewFromInt(most), decimal.NewFromInt(most)}
}

// inPolicy returns the limits as a policy has them. A long run has more hours than one on
// hours can have.
func (l limits) inPolicy() []stage.Limit {
	list := []stage.Limit{
		{Per: string(order.PerAccount), Within: limitTime.String(), Amount: l.account.StringFixed(2)},
		{Per: string(order.PerAll), Within: limitTime.String(), Amount: l.all.StringFixed(2)},
	}
	if l.person <= mostHours {
		list = append(list, stage.Limit{Per: string(order.PerPerson), Within: limitTime.String(), Hours: l.person})
	}
	return list
}

// narrow returns limits that leave little for orders of so many hours, over what 0xhost
// has charged: not enough for all that five people ask for at once.
func (w *world) narrow(hours int) limits {
	charged, amount := 0, decimal.Zero
	for _, c := range w.oxhost.Charges() {
		charged, amount = charged+c.Hours, amount.Add(c.Amount)
	}
	one := oxhostsim.Price(planPrice, hours)
	return limits{
		person:  charged/len(requesters()) + hours*5/4,
		account: amount.Div(accounts).Add(one.Mul(decimal.RequireFromString("1.5"))).Round(2),
		all:     amount.Add(one.Mul(decimal.RequireFromString("1.9"))).Round(2),
	}
}

// atLeast returns the higher ones of the limits.
func (l limits) atLeast(other limits) limits {
	return limits{max(l.person, other.person), decimal.Max(l.account, other.account), decimal.Max(l.all, other.all)}
}

// raise returns the limits with a little more, which everybody shares.
func (l limits) raise(hours int) limits {
	more := oxhostsim.Price(planPrice, hours).Div(decimal.NewFromInt(slowRaises))
	return limits{l.person + hours/slowRaises/len(requesters()), l.account.Add(more.Div(accounts)).Round(2), l.all.Add(more).Round(2)}
}

// limit writes limits into the policy file.
func (p *policyLog) limit(l limits) error {
	return p.change(func() { p.cast.Limits = l.inPolicy() })
}

// newestHours returns the hours of the newest request.
func (w *world) newestHours() (hours int) {
	w.locked(func() { hours = w.hours })
	return hours
}

// raiseLimits raises the limits until ctx ends, so that some of what people ask for fits,
// but seldom all of it. Then nobody is stopped anymore, because people end what still
// waits for approvals.
func (w *world) raiseLimits(ctx context.Context) error {
	now := w.narrow(w.newestHours())
	for ctx.Err() == nil {
		if err := w.policy.limit(now); err != nil {
			return err
		}
		w.locked(func() {
			close(w.raised)
			w.raised = make(chan struct{})
		})
		pause(ctx, raiseEvery)
		hours := w.newestHours()
		now = now.raise(hours).atLeast(w.narrow(hours))
	}
	return w.policy.limit(noLimits())
}

// untilRaised waits until the limits are raised: then those ask who could not before.
func (w *world) untilRaised(ctx context.Context) {
	var raised <-chan struct{}
	w.locked(func() { raised = w.raised })
	select {
	case <-raised:
	case <-ctx.Done():
	}
}

// raceForLimits makes people confirm orders at the same instant, twice each, that fit into
// the limits one by one but not together. The presses go to all processes in turn.
func (w *world) raceForLimits(ctx context.Context) error {
	waitUntil(ctx, cardPatience, func() bool { return len(w.slack.Connections()) > 0 })
	cards := make([]slacksim.Message, len(servers))
	var group sync.WaitGroup
	for i, server := range servers {
		group.Go(func() {
			if hours, accepted, _ := w.request(ctx, owner(server), server, channel); accepted {
				cards[i], _ = w.waitForCard(ctx, hours, cardPatience)
			}
		})
	}
	group.Wait()
	if err := w.policy.limit(w.narrow(w.newestHours())); err != nil {
		return err
	}
	start := make(chan struct{})
	for i, server := range servers {
		for range 2 {
			group.Go(func() {
				<-start
				_, _ = w.pressAsShown(ctx, owner(server), cards[i], true) // without a card, it presses nothing
			})
		}
	}
	close(start)
	group.Wait()
	return nil
}

// describeLimits returns how many requests and presses the limits stopped, and how often
// orders got a new estimate. It requires that there were such presses.
func (w *world) describeLimits(t *testing.T, estimates int) string {
	t.Helper()
	by := map[string]int{}
	for _, m := range w.shown.private.stops() {
		for _, per := range []string{"each person", "each account", "all together"} {
			if strings.Contains(m.text, "for "+per) {
				by[per]++
			}
		}
	}
	presses := 0
	for _, r := range w.refusedClicks {
		if r.code == order.CodeOverLimit {
			presses++
		}
	}
	if presses == 0 {
		t.Error("no limit stopped any press")
	}
	return fmt.Sprintf("limits stopped %d requests and %d presses, with answers %v; %d new estimates", w.stopped, presses, by, estimates)
}
