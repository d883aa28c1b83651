package ledgerfill

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

// path returns the states of order i after it was requested. Of a hundred
// orders, five are canceled, four expire, two are refused, and one loses its
// answer and is found later. The shares are the same for each server and each
// person.
func (p Plan) path(i int) []order.State {
	switch n := (i + i/p.Servers) % 100; {
	case n < 5:
		return []order.State{order.Cancelled}
	case n < 9:
		return []order.State{order.Expired}
	case n < 11:
		return []order.State{order.Approved, order.Placing, order.Refused}
	case n == 11:
		return []order.State{order.Approved, order.Placing, order.Unknown, order.Placed}
	default:
		return []order.State{order.Approved, order.Placing, order.Placed}
	}
}

// transitionsOf returns all transitions of order i.
func (p Plan) transitionsOf(i int) []ledger.Transition {
	at := p.at(i)
	o := order.Order{
		ID: order.NewID(at), RequestKey: key(i), Version: 1, State: order.Pending,
		Person: order.Person{Team: p.Team, User: p.User(i % p.People)}, Channel: p.Channel(i % p.People),
		Account: p.Account(i % p.People), Server: order.Server{ID: p.Server(i % p.Servers)}, Hours: order.Hours(24 + i%144),
		Estimate: order.Estimate{Amount: charge(i), From: order.PriceFromReceipt}, Currency: "EUR",
		CreatedAt: at, ChangedAt: at, Deadline: at.Add(15 * time.Minute),
	}
	path := p.path(i)
	o.Card = order.ShownMessage{Ref: message(o.Channel, at), Version: len(path) + 1}
	o.CardOwner, o.CardOwnerUntil = "process-A7QX3MZK2WPL", at.Add(time.Minute)
	life := make([]ledger.Transition, 0, len(path)+1)
	add := func(e order.Entry) { life = append(life, ledger.Transition{Order: o, Entry: e}) }
	add(order.Entry{Version: 1, At: at, Who: o.Person.User, To: order.Pending})
	for _, to := range path {
		from := o.State
		who := p.change(i, &o, to)
		add(order.Entry{Version: o.Version, At: o.ChangedAt, Who: who, From: from, To: to, Why: o.Reason})
	}
	last := &life[len(life)-1].Order
	if last.State.NeedsThreadMessage() {
		last.ThreadMessage = order.ShownMessage{Ref: message(o.Channel, o.ChangedAt), Version: last.Version}
	}
	return life
}

// change moves o to a state, and returns who did that.
func (p Plan) change(i int, o *order.Order, to order.State) (who string) {
	const pause = 1700 * time.Millisecond
	o.State, o.Version, o.ChangedAt, o.Reason = to, o.Version+1, o.ChangedAt.Add(pause), ""
	switch to {
	case order.Approved, order.Cancelled:
		o.DecidedBy, o.DecidedAt = o.Person.User, o.ChangedAt
		return o.DecidedBy
	case order.Expired:
		o.ChangedAt, o.Reason = o.Deadline, "nobody confirmed it in time"
	case order.Placing:
		o.Attempts, o.FirstTry = 1, o.ChangedAt
		o.Owner, o.OwnerUntil = o.CardOwner, o.ChangedAt.Add(time.Minute)
	case order.Refused:
		o.Owner, o.OwnerUntil, o.Reason = "", time.Time{}, "Insufficient balance"
	case order.Unknown:
		o.Owner, o.OwnerUntil, o.Reason = "", time.Time{}, "the answer of 0xhost was lost"
	case order.Placed:
		o.Owner, o.OwnerUntil = "", time.Time{}
		o.Receipt = p.receipt(i, *o)
		if o.Receipt.Listed = o.Version > 4; o.Receipt.Listed {
			o.SettledBy = order.Bot
		}
	default:
	}
	return order.Bot
}

func cents(n int64) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.New(n, -2)) }

// charge returns what order i costs.
func charge(i int) decimal.NullDecimal { return cents(130 + int64(i%500)) }

func (p Plan) receipt(i int, o order.Order) *order.Receipt {
	return &order.Receipt{
		OrderID: "order" + key(i)[:32], Type: order.RenewServer, Amount: charge(i), BalanceBefore: cents(332878 + int64(i%10_000)),
		Currency: "EUR", Hours: o.Hours, ServerID: o.Server.ID, ServerName: "production web " + strconv.Itoa(i%p.Servers), ServerStatus: "active",
		Address: fmt.Sprintf("203.0.113.%d", i%250), Location: "Frankfurt, Germany", PlanID: "plan-" + key(i % 8)[:32], PlanPrice: cents(3900),
		ExpiresAt: o.CreatedAt.AddDate(0, 1, 0), OwnerID: o.Account, Took: 1500 * time.Millisecond,
	}
}

// key returns the request key of order i: a hash, like the bot's keys.
func key(i int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(i)))
	return hex.EncodeToString(sum[:])
}

// message returns a reference to a message that was posted at that time.
func message(channel string, at time.Time) string {
	return fmt.Sprintf("%s/%d.%06d", channel, at.Unix(), at.Nanosecond()/1000)
}
