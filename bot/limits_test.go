package bot

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
	"extendbot/order/ordertest"
)

func euros(s string) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.RequireFromString(s)) }

// prices are prices that a test sets, and a desk some of whose answers a test sets.
type prices struct {
	Desk

	policy *ordertest.Policy

	mu       sync.Mutex
	now      order.Estimate
	ahead    time.Duration // of the desk's clock
	baseline func(context.Context, order.ID) (bool, error)
	exceeded func(context.Context, order.Order) ([]order.LimitState, error)
}

func (p *prices) set(amount string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = order.Estimate{Amount: euros(amount), From: order.PriceFromList}
}

func (p *prices) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

func (p *prices) Estimate(context.Context, order.Order) (order.Estimate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now, nil
}

func (p *prices) RecordBaseline(ctx context.Context, id order.ID) (bool, error) {
	if p.baseline == nil {
		return p.Desk.RecordBaseline(ctx, id)
	}
	return p.baseline(ctx, id)
}

func (p *prices) LimitsExceededBy(ctx context.Context, o order.Order) ([]order.LimitState, error) {
	if p.exceeded == nil {
		return p.Desk.LimitsExceededBy(ctx, o)
	}
	return p.exceeded(ctx, o)
}

// withPrices starts a world in which an order costs 0.43 EUR, under a policy with more
// rules than who may order what.
func withPrices(t *testing.T, rules ordertest.Rules) (*world, *prices) {
	t.Helper()
	rules.People, rules.Servers = []string{"U0ALICE", "U0BOB"}, []order.Server{{Name: "web-1", ID: "srv-1"}}
	p := &prices{policy: ordertest.NewPolicy(rules)}
	p.set("0.43")
	w := newWorld(t, func(w *world, _ *slacksim.Config) {
		p.Desk = order.NewDesk(order.Config{
			Ledger: w.ledger, Policy: p.policy, Host: w.host, ProcessID: "p1", Prices: p, Now: p.clock,
			ConfirmTTL: 15 * time.Minute, MaxHours: 720, HostTimeout: time.Minute, Currency: "EUR",
		})
		w.cfg.Desk = p
		w.cfg.Admins = func() []string { return rules.Admins }
		w.cfg.Balance = func(string) order.Balance { return order.Balance{Amount: euros("12"), At: time.Now()} }
	})
	for _, u := range rules.Admins {
		w.slack.AddUser(slacksim.User{ID: u})
		w.slack.Join(general, u)
	}
	w.greet()
	return w, p
}

// cardShowing accepts a card with buttons and a text in its blocks.
func cardShowing(part string) func(slacksim.Message) bool {
	return func(m slacksim.Message) bool { return withButtons(m) && strings.Contains(m.Flat(), part) }
}

// wantOnePost checks that the channel has no message but a card.
func (w *world) wantOnePost(card slacksim.Message) {
	w.t.Helper()
	if all := w.slack.Messages(card.Channel); len(all) != 1 {
		w.t.Errorf("there are %d messages: %+v", len(all), all)
	}
}

// A card shows the estimate of its order and the balance. A press on it, when the order
// has become more expensive, is answered with the new price, and orders nothing: the card
// shows the new price, and the next press orders at that.
func TestClick_HigherPriceNeedsAnotherPress(t *testing.T) {
	t.Parallel()
	w, p := withPrices(t, ordertest.Rules{})
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, cardShowing("About 0.43 EUR · balance 12.00 → 11.57"))
	p.set("0.60")
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.ephemeral("U0ALICE", "The price is about 0.60 EUR now, not 0.43 EUR.")
	w.counted("denied repriced", 1)
	card = w.card(general, cardShowing("About 0.60 EUR · balance 12.00 → 11.40"))
	w.wantOnePost(card)
	if o, _ := w.ledger.only(); o.State != order.Pending || w.host.count() != 0 {
		t.Errorf("the order is %s, and 0xhost got %d", o.State, w.host.count())
	}
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	if o, _ := w.ledger.only(); o.State != order.Placed || order.FormatAmount(o.Estimate.Amount) != "0.60" {
		t.Errorf("the order is %s for %v", o.State, o.Estimate)
	}
}

// If Slack shows an older card than the ledger knows, because an update was lost, such a
// press updates it, too.
func TestClick_HigherPriceOnStaleCard(t *testing.T) {
	t.Parallel()
	w, p := withPrices(t, ordertest.Rules{})
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, cardShowing("About 0.43 EUR"))
	o := w.recorded("shown", func(o order.Order) bool { return !o.CardDue() })
	p.set("0.60")
	w.ledger.Edit(o.ID, func(o *order.Order) { o.Estimate.Amount = euros("0.60") })
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.ephemeral("U0ALICE", "The price is about 0.60 EUR now, not 0.43 EUR.")
	w.card(general, cardShowing("About 0.60 EUR"))
}

// A press on a card that does not say a price, because it is of an older version or the
// price was not known, or says one that is odd, is taken as it is.
func TestClick_BlockIDWithoutPrice(t *testing.T) {
	t.Parallel()
	for _, blockID := range []string{"order", slacksim.Nothing, "order=0.0001e2", "order=-1.00", "another"} {
		t.Run(blockID, func(t *testing.T) {
			t.Parallel()
			w, p := withPrices(t, ordertest.Rules{})
			w.command("U0ALICE", general, "web-1 24")
			card := w.card(general, withButtons)
			p.set("9.99")
			if _, err := w.slack.ClickRaw(w.ctx(), slacksim.Click{
				User: "U0ALICE", Channel: general, TS: card.TS, ActionID: message.ActionConfirm, BlockID: blockID,
			}, card.Buttons()[0].Value); err != nil {
				t.Fatal(err)
			}
			w.recorded("placed", func(o order.Order) bool { return o.State == order.Placed })
		})
	}
}

// A request that is over a limit is answered privately, with what would fit; nothing is
// posted or recorded. A press that a limit stops is answered privately, and the card keeps
// its buttons.
func TestLimit_RefusedPrivately(t *testing.T) {
	t.Parallel()
	w, _ := withPrices(t, ordertest.Rules{Limits: []order.Limit{{Per: order.PerPerson, Within: 24 * time.Hour, Hours: 100}}})
	w.command("U0ALICE", general, "web-1 101")
	w.ephemeral("U0ALICE", "That alone is more than the limit of 100 hours within 24 hours for each person. Of that, you have 100 hours left. Try `/extend web-1 100h`.")
	if _, ok := w.ledger.only(); ok || len(w.slack.Messages(general)) != 0 {
		t.Error("it was recorded or posted")
	}
	first := w.ask("web-1 60", nil)
	second := w.ask("web-1 50", []slacksim.Message{first})
	w.mustClick("U0ALICE", first, message.ActionConfirm)
	w.threadMessage(first)
	second = w.card(general, func(m slacksim.Message) bool {
		return m.TS == second.TS && strings.Contains(m.Flat(), "already extended")
	})
	w.mustClick("U0ALICE", second, message.ActionConfirm)
	e := w.ephemeral("U0ALICE", "Of that, you have 40 hours left")
	for _, part := range []string{"over the limit of 100 hours within 24 hours for each person", "enough is free from <!date^", ", after this expires. Less fits now: `/extend web-1 40h`."} {
		if !strings.Contains(e.Text, part) {
			t.Errorf("%q is missing: %s", part, e.Text)
		}
	}
	w.counted("denied over_limit", 2)
	w.wantUntouched(second)
	if w.host.count() != 1 || !withButtons(second) {
		t.Errorf("0xhost got %d orders", w.host.count())
	}
}

// A press that a limit stopped is delivered again when there is room. It orders nothing,
// because its person was told to press again. The next press counts.
func TestLimit_RefusedPressRedelivered(t *testing.T) {
	t.Parallel()
	limit := order.Limit{Per: order.PerPerson, Within: 24 * time.Hour, Hours: 100}
	w, p := withPrices(t, ordertest.Rules{Limits: []order.Limit{limit}})
	card := w.ask("web-1 60", nil)
	lower := p.policy.Rules()
	lower.Limits = []order.Limit{{Per: limit.Per, Within: limit.Within, Hours: 59}}
	p.policy.Set(lower)
	first, err := w.click("U0ALICE", card, message.ActionConfirm)
	if err != nil {
		t.Fatal(err)
	}
	w.ephemeral("U0ALICE", "more than the limit of 59 hours")
	lower.Limits = []order.Limit{limit}
	p.policy.Set(lower)
	for _, same := range []bool{true, false} {
		if _, err := w.slack.Redeliver(w.ctx(), first, same); err != nil {
			t.Fatal(err)
		}
	}
	if o, ok := w.ledger.only(); !ok || o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	if n := w.host.count(); n != 1 {
		t.Errorf("%d calls of the host", n)
	}
}

// ask types a command and returns its card, which is none of others.
func (w *world) ask(text string, others []slacksim.Message) slacksim.Message {
	w.t.Helper()
	w.command("U0ALICE", general, text)
	return w.card(general, func(m slacksim.Message) bool {
		for _, other := range others {
			if m.TS == other.TS {
				return false
			}
		}
		return withButtons(m)
	})
}

// A limit on amounts stops a request for what did not go through, too, and what would fit
// follows from the price of now.
func TestAgain_OverLimit(t *testing.T) {
	t.Parallel()
	w, p := withPrices(t, ordertest.Rules{Limits: []order.Limit{{Per: order.PerAll, Within: 24 * time.Hour, Amount: euros("1")}}})
	w.host.err = &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no"}
	card := w.ask("web-1 24", nil)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	m := w.threadMessage(card)
	p.set("2.00")
	w.mustClick("U0ALICE", m, message.ActionAgain)
	w.ephemeral("U0ALICE", "That alone, about 2.00 EUR, is more than the limit of 1.00 EUR within 24 hours for all together. 1.00 EUR is left. Less fits now: `/extend web-1 12h`.")
}

// An order whose price nobody knows needs an admin if a limit needs the price: card and
// direct message say so. Without another admin it is refused; a card that is posted
// already says that.
func TestPriceUnknown_NeedsAnAdmin(t *testing.T) {
	t.Parallel()
	limits := []order.Limit{{Per: order.PerAll, Within: 24 * time.Hour, Amount: euros("1")}}
	for name, admins := range map[string][]string{"another admin": {"U0CARO"}, "no admin": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := withPrices(t, ordertest.Rules{Admins: admins, Limits: limits})
			p.now = order.Estimate{From: order.PriceUnheard}
			w.command("U0ALICE", general, "web-1 24")
			if admins == nil {
				w.ephemeral("U0ALICE", "The price of `web-1` is not known before the first order. Only an admin other than you could approve that, and there is none.")
				if _, ok := w.ledger.only(); ok {
					t.Error("it was recorded")
				}
				return
			}
			card := w.card(general, cardShowing("Price not known before the first order, so an admin must approve · balance 12.00 EUR"))
			w.card(general, cardShowing("Needs <@U0CARO> (price not known), until "))
			w.direct("U0CARO", "price not known before the first order, so an admin must approve.")
			rules := p.policy.Rules()
			rules.Admins = nil
			p.policy.Set(rules)
			w.mustClick("U0ALICE", card, message.ActionConfirm)
			w.ephemeral("U0ALICE", "Only an admin other than you could approve that, and there is none.")
			w.card(general, cardShowing("Nobody can approve this now: its price is not known, and there is no other admin."))
		})
	}
}

// The list that is read after a request can change the price. A card that is not posted
// yet appears with the new one. One that is posted is updated. It is never posted twice.
func TestCard_RepricedByBaseline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		posted   bool // before the list comes
		repriced bool
		want     string
	}{
		"before the card":        {false, true, "About 0.60 EUR"},
		"after the card":         {true, true, "About 0.60 EUR"},
		"the price is the same":  {false, false, "About 0.43 EUR"},
		"the same, after a card": {true, false, "About 0.43 EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := withPrices(t, ordertest.Rules{})
			arrived, done := make(chan struct{}), make(chan struct{})
			p.baseline = func(_ context.Context, id order.ID) (bool, error) {
				defer close(done)
				if c.posted {
					<-arrived
				}
				if c.repriced {
					w.ledger.Edit(id, func(o *order.Order) { o.Version++; o.Estimate.Amount = euros("0.60") })
				}
				return c.repriced, nil
			}
			if !c.posted {
				p.ahead = time.Minute // so the card waits for the list, however slow this machine is
			}
			w.command("U0ALICE", general, "web-1 24")
			if c.posted {
				w.card(general, cardShowing("About 0.43 EUR"))
				o := w.recorded("shown", func(o order.Order) bool { return !o.CardDue() })
				until(t, "nothing else updates the card", func() bool { return w.app.reconciler.newCards.queue.Tried(string(o.ID)) == nil })
				close(arrived)
			}
			<-done
			card := w.card(general, cardShowing(c.want))
			w.recorded("shown", func(o order.Order) bool { return !o.CardDue() })
			w.stop()
			if err := w.ended(); err != nil {
				t.Fatal(err)
			}
			w.wantOnePost(card)
			if n := len(w.slack.Calls("chat.update")); n > 0 != (c.posted && c.repriced) {
				t.Errorf("%d updates", n)
			}
			now, _ := w.slack.Message(card.Channel, card.TS)
			if seen := message.SeenOn(blockOf(now)); "About "+order.FormatAmount(seen.Estimate)+" EUR" != c.want {
				t.Errorf("its buttons say %+v", seen)
			}
		})
	}
}

// blockOf returns the id of the block with the buttons of a card.
func blockOf(m slacksim.Message) string {
	for _, b := range m.Buttons() {
		return b.BlockID
	}
	return ""
}

// The receipt says which limits the charge exceeded. It comes without that if the limits
// cannot be read, or not in time.
func TestReceipt_SaysWhatIsExceeded(t *testing.T) {
	t.Parallel()
	exceeded := order.LimitState{Limit: order.Limit{Per: order.PerAll, Within: 24 * time.Hour, Amount: euros("1")}, FreeAt: time.Now().Add(time.Hour)}
	for name, answer := range map[string]func(context.Context, order.Order) ([]order.LimitState, error){
		"exceeded": func(context.Context, order.Order) ([]order.LimitState, error) {
			return []order.LimitState{exceeded}, nil
		},
		"unreadable": func(context.Context, order.Order) ([]order.LimitState, error) { return nil, errors.New("down") },
		"too late": func(ctx context.Context, _ order.Order) ([]order.LimitState, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := withPrices(t, ordertest.Rules{})
			p.exceeded = answer
			card := w.ask("web-1 24", nil)
			w.mustClick("U0ALICE", card, message.ActionConfirm)
			m := w.threadMessage(card)
			const says = "The limit of 1.00 EUR within 24 hours for all together is exceeded: the next orders under it are refused until <!date^"
			if strings.Contains(m.Text, says) != (name == "exceeded") || !strings.Contains(m.Text, "<@U0ALICE> extended") {
				t.Errorf("the receipt is %s", m.Text)
			}
		})
	}
}
