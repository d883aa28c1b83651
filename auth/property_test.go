package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"extendbot/order"
)

// A world is a policy and the members of its groups, drawn at random. Its methods
// decide naively: they look at every user, entry and rule, and share no code with the
// policy.
type world struct {
	entries []worldEntry // people first, then groups
	rules   []worldRule
	limits  []string            // as a policy file writes them
	admins  []string            // nil: the file has none
	members map[string][]string // the groups that can be read
}

type worldEntry struct {
	id, account string
	servers     []string // names; nil: all
	maxHours    int      // 0: not set
}

type worldRule struct {
	name            string
	hoursOver       int      // 0: not set
	amountOver      int      // in cents; 0: not set
	servers, people []string // nil: not set
	approvers       []string
	count           int
	requesterCounts bool
}

var (
	worldUsers   = []string{"U0A", "U0B", "U0C", "U0D", "U0E"}
	worldGroups  = []string{"S0X", "S0Y", "S0Z"}
	worldServers = []string{"web-1", "web-2", "db-1"} // the id of each is "id-" and its name
)

func drawWorld(t *rapid.T) world {
	some := func(of []string, least int, label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), least, len(of), rapid.ID[string]).Draw(t, label)
	}
	maybe := func(of []string, label string) []string {
		if rapid.Bool().Draw(t, label+" set") {
			return some(of, 1, label)
		}
		return nil
	}
	entry := func(id string) worldEntry {
		return worldEntry{
			id: id, account: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "account"), servers: maybe(worldServers, "servers"),
			maxHours: rapid.SampledFrom([]int{0, 0, 50}).Draw(t, "max_hours"),
		}
	}
	w := world{members: map[string][]string{}, admins: maybe(worldUsers, "admins")}
	for _, id := range some(worldUsers, 1, "people") {
		w.entries = append(w.entries, entry(id))
	}
	for _, id := range some(worldGroups, 0, "groups") {
		w.entries = append(w.entries, entry(id))
	}
	everybody := slices.Concat(worldUsers, worldGroups)
	for i := range rapid.IntRange(0, 3).Draw(t, "rules") {
		r := worldRule{
			name: fmt.Sprintf("rule-%d", i), hoursOver: rapid.SampledFrom([]int{0, 10, 60}).Draw(t, "hours_over"),
			servers: maybe(worldServers, "when servers"), people: maybe(everybody, "when people"),
			approvers: some(everybody, 1, "approvers"), requesterCounts: rapid.Bool().Draw(t, "requester_counts"),
		}
		r.count = rapid.IntRange(1, 3).Draw(t, "count")
		r.amountOver = rapid.SampledFrom([]int{0, 0, 500, 2000}).Draw(t, "amount_over")
		w.rules = append(w.rules, r)
	}
	for _, per := range some([]string{"all", "person", "account"}, 0, "limits") {
		w.limits = append(w.limits, fmt.Sprintf("{per: %s, within: 24h, %s}", per, rapid.SampledFrom([]string{"hours: 7", "hours: 8", `amount: "9.50"`}).Draw(t, "limit")))
	}
	for _, group := range worldGroups {
		if rapid.IntRange(0, 3).Draw(t, "readable") > 0 {
			w.members[group] = some(worldUsers, 0, "members")
		}
	}
	return w
}

// text is the policy file of the world. Servers are written as names, ids and
// patterns.
func (w world) text() string {
	var b strings.Builder
	b.WriteString("servers: {web-1: id-web-1, web-2: id-web-2, db-1: {id: id-db-1}}\n")
	list := func(ids []string) string { return "[" + strings.Join(ids, ", ") + "]" }
	written := func(names []string) string {
		words := map[string]string{"web-1": "WEB-1", "web-2": "id-web-2", "db-1": `"d*"`}
		var all []string
		for _, name := range names {
			all = append(all, words[name])
		}
		return list(all)
	}
	section := ""
	for _, e := range w.entries {
		next := "people"
		if e.id[0] == 'S' {
			next = "groups"
		}
		if next != section {
			b.WriteString(next + ":\n")
			section = next
		}
		fmt.Fprintf(&b, "  %s: {account: %s", e.id, e.account)
		if e.servers != nil {
			b.WriteString(", servers: " + written(e.servers))
		}
		if e.maxHours > 0 {
			fmt.Fprintf(&b, ", max_hours: %d", e.maxHours)
		}
		b.WriteString("}\n")
	}
	if len(w.rules) > 0 {
		b.WriteString("approvals:\n")
	}
	for _, r := range w.rules {
		var when []string
		if r.hoursOver > 0 {
			when = append(when, fmt.Sprintf("hours_over: %d", r.hoursOver))
		}
		if r.amountOver > 0 {
			when = append(when, fmt.Sprintf("amount_over: %d.%02d", r.amountOver/100, r.amountOver%100))
		}
		if r.servers != nil {
			when = append(when, "servers: "+written(r.servers))
		}
		if r.people != nil {
			when = append(when, "people: "+list(r.people))
		}
		fmt.Fprintf(&b, "  - {name: %s, count: %d, requester_counts: %t, approvers: %s", r.name, r.count, r.requesterCounts, list(r.approvers))
		if len(when) > 0 {
			fmt.Fprintf(&b, ", when: {%s}", strings.Join(when, ", "))
		}
		b.WriteString("}\n")
	}
	if len(w.limits) > 0 {
		b.WriteString("limits: " + list(w.limits) + "\n")
	}
	if w.admins != nil {
		b.WriteString("admins: " + list(w.admins) + "\n")
	}
	return b.String()
}

// has is whether a list of users and groups has a user: yes, no, or maybe, if a group
// cannot be read.
func (w world) has(list []string, user string) string {
	answer := "no"
	for _, id := range list {
		members, readable := w.members[id]
		switch {
		case id == user, slices.Contains(members, user):
			return "yes"
		case id[0] == 'S' && !readable:
			answer = "maybe"
		}
	}
	return answer
}

// entryOf returns the entry that lets a user order for a server, nil, and "maybe" if
// that depends on a group that cannot be read.
func (w world) entryOf(user, server string) (*worldEntry, string) {
	own := slices.ContainsFunc(w.entries, func(e worldEntry) bool { return e.id == user })
	for _, e := range w.entries {
		member := w.has([]string{e.id}, user)
		if own && e.id != user || member == "no" || e.servers != nil && !slices.Contains(e.servers, server) {
			continue
		}
		if member == "maybe" {
			return nil, "maybe"
		}
		return &e, "yes"
	}
	return nil, "no"
}

// requester is whether the requester may still order exactly this.
func (w world) requester(o order.Order) string {
	e, answer := w.entryOf(o.Person.User, o.Server.Name)
	if e != nil && (e.account != o.Account || e.maxHours > 0 && int(o.Hours) > e.maxHours) {
		return "no"
	}
	return answer
}

// cents is what an order is expected to cost; -1: not known.
func cents(o order.Order) int {
	if !o.Estimate.Amount.Valid {
		return -1
	}
	return int(o.Estimate.Amount.Decimal.Shift(2).IntPart())
}

// priceRule is the rule of the admins for orders without a known price.
const priceRule = "price not known"

// matching returns the rules that match. Those about amounts cannot be judged without
// a price: an admin decides instead, and also if a limit is on amounts.
func (w world) matching(o order.Order) []worldRule {
	var all []worldRule
	forAll, forSome := false, []string(nil) // whether an admin has to decide: for sure, or if one of these has the requester
	for _, r := range w.rules {
		if int(o.Hours) <= r.hoursOver || r.servers != nil && !slices.Contains(r.servers, o.Server.Name) ||
			r.people != nil && w.has(r.people, o.Person.User) == "no" {
			continue
		}
		switch {
		case r.amountOver > 0 && cents(o) < 0 && r.people != nil && w.has(r.people, o.Person.User) == "maybe":
			forSome = append(forSome, r.people...)
		case r.amountOver > 0 && cents(o) < 0:
			forAll = true
		case cents(o) > r.amountOver || r.amountOver == 0:
			all = append(all, r)
		}
	}
	for _, limit := range w.limits {
		forAll = forAll || strings.Contains(limit, "amount") && cents(o) < 0
	}
	if forAll {
		forSome = nil
	}
	if forAll || forSome != nil {
		all = append(all, worldRule{name: priceRule, people: forSome, approvers: w.admins, count: 1})
	}
	return all
}

// counts is whether a user's yes counts in a rule.
func (w world) counts(r worldRule, user string, o order.Order) string {
	if user == o.Person.User && !r.requesterCounts {
		return "no"
	}
	return w.has(r.approvers, user)
}

// by returns the users whose recorded yes counts in a rule.
func (w world) by(r worldRule, o order.Order) []string {
	var users []string
	for _, a := range o.Approvals {
		if w.counts(r, a.User, o) == "yes" {
			users = append(users, a.User)
		}
	}
	return users
}

// impossible is whether nobody can give what a rule asks for.
func (w world) impossible(r worldRule, o order.Order) bool {
	can := 0
	for _, user := range worldUsers {
		if w.counts(r, user, o) == "yes" {
			can++
		}
	}
	unread := slices.ContainsFunc(r.approvers, func(id string) bool { _, ok := w.members[id]; return id[0] == 'S' && !ok })
	return can < r.count && !unread
}

func (w world) complete(o order.Order) bool {
	rules := w.matching(o)
	for _, r := range rules {
		if len(w.by(r, o)) < r.count {
			return false
		}
	}
	return len(rules) > 0 || o.ApprovedBy(o.Person.User)
}

func (w world) judge(o order.Order) order.Code {
	switch w.requester(o) {
	case "no":
		return order.CodeBarred
	case "maybe":
		return order.CodeGroupUnread
	}
	for _, r := range w.matching(o) {
		switch {
		case !w.impossible(r, o):
		case r.people != nil && w.has(r.people, o.Person.User) == "maybe":
			return order.CodeGroupUnread
		case r.name == priceRule:
			return order.CodePriceUnknown
		default:
			return order.CodeNoApprovers
		}
	}
	return ""
}

// mayApprove is whether a user's yes is taken.
func (w world) mayApprove(user string, o order.Order) bool {
	if w.judge(o) != "" {
		return false
	}
	rules := w.matching(o)
	if len(rules) == 0 {
		return user == o.Person.User
	}
	approver, needed := false, false
	for _, r := range rules {
		counts := w.counts(r, user, o) == "yes"
		approver = approver || counts
		needed = needed || counts && len(w.by(r, o)) < r.count
	}
	if w.complete(o) {
		return approver
	}
	return needed && !o.ApprovedBy(user)
}

func (w world) mayDecline(user string, o order.Order) order.State {
	if user == o.Person.User {
		return order.Cancelled
	}
	if slices.ContainsFunc(w.matching(o), func(r worldRule) bool { return w.has(r.approvers, user) == "yes" }) {
		return order.Declined
	}
	return ""
}

func (w world) maySee(user string, o order.Order) bool {
	e, _ := w.entryOf(user, o.Server.Name)
	return user == o.Person.User || slices.Contains(w.admins, user) || e != nil || w.mayDecline(user, o) != ""
}

// drawOrder draws an order, most often one that the requester may place.
func drawOrder(t *rapid.T, w world) order.Order {
	server := rapid.SampledFrom(worldServers).Draw(t, "server")
	o := order.Order{
		ID: "o", Person: person(rapid.SampledFrom(worldUsers).Draw(t, "requester")), Server: order.Server{Name: server, ID: "id-" + server},
		Account: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "paid by"), Hours: order.Hours(rapid.SampledFrom([]int{5, 30, 100}).Draw(t, "hours")),
	}
	if e, _ := w.entryOf(o.Person.User, server); e != nil && rapid.IntRange(0, 4).Draw(t, "as granted") > 0 {
		o.Account = e.account
	}
	for _, user := range rapid.SliceOfDistinct(rapid.SampledFrom(worldUsers), rapid.ID[string]).Draw(t, "approvals") {
		o.Approvals = append(o.Approvals, order.Approval{User: user})
	}
	if price := rapid.SampledFrom([]int64{-1, 0, 500, 501, 2000, 2001}).Draw(t, "cents"); price >= 0 {
		o.Estimate.Amount = decimal.NewNullDecimal(decimal.New(price, -2))
	}
	return o
}

// Whatever the rules, groups, orders and approvals: the policy decides as the naive
// world does.
func TestPolicy_DecidesLikeNaiveModel(t *testing.T) {
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			w := drawWorld(t)
			rs, err := parsePolicyYAML("p", []byte(w.text()))
			if err != nil { // a count that is impossible from the file alone
				continue
			}
			p := policyOf(rs, w.members)
			for range 10 {
				checkDecisions(t, p, w, drawOrder(t, w), reached)
			}
		}
	})
	for _, what := range []string{"complete", "barred", "group_unread", "no_approvers", "price_unknown", "amount_over", priceRule, "approved", "refused", "declined", "granted"} {
		if reached[what] == 0 {
			t.Errorf("no order was %s: the test proves less than it should; reached %v", what, reached)
		}
	}
}

func checkDecisions(t *rapid.T, p *Policy, w world, o order.Order, reached map[string]int) {
	ctx := t.Context()
	user := rapid.SampledFrom(worldUsers).Draw(t, "presses")
	ruling, err := p.Judge(ctx, o)
	if got, want := order.CodeOf(err), w.judge(o); got != want {
		t.Fatalf("judge: got %v, want %q\n%s%+v\n%v", err, want, w.text(), o, w.members)
	}
	reached[string(order.CodeOf(err))]++
	for _, r := range w.matching(o) {
		if r.name == priceRule {
			reached[priceRule]++
		} else if r.amountOver > 0 {
			reached["amount_over"]++
		}
	}
	if err == nil {
		checkRuling(t, w, o, ruling)
		if ruling.Complete {
			reached["complete"]++
		}
	}
	with, err := p.MayApprove(ctx, person(user), o)
	if want := w.mayApprove(user, o); (err == nil) != want {
		t.Fatalf("%s approves: got %v, want %t\n%s%+v\n%v", user, err, want, w.text(), o, w.members)
	}
	if err != nil {
		reached["refused"]++
	} else {
		reached["approved"]++
		if !o.ApprovedBy(user) && !ruling.Complete {
			o := o
			o.Approvals = append(slices.Clone(o.Approvals), order.Approval{User: user})
			checkRuling(t, w, o, with)
		}
	}
	to, err := p.MayDecline(ctx, person(user), o)
	if want := w.mayDecline(user, o); to != want || (err == nil) != (want != "") {
		t.Fatalf("%s declines: got %q, %v, want %q\n%s%+v\n%v", user, to, err, want, w.text(), o, w.members)
	}
	reached[string(to)]++
	if got, want := p.MaySee(ctx, person(user), o), w.maySee(user, o); (got == nil) != want {
		t.Fatalf("%s sees: got %v, want %t\n%s%+v\n%v", user, got, want, w.text(), o, w.members)
	}
	checkGrant(t, p, w, user, o, reached)
}

// checkRuling compares what a ruling says about each rule.
func checkRuling(t *rapid.T, w world, o order.Order, got order.Ruling) {
	t.Helper()
	rules := w.matching(o)
	if len(rules) != len(got.Rules) || got.Complete != w.complete(o) || len(got.Limits) != len(w.limits) {
		t.Fatalf("got %+v, want the rules %+v, complete: %t\n%s%+v\n%v", got, rules, w.complete(o), w.text(), o, w.members)
	}
	for i, limit := range got.Limits {
		if l := w.limits[i]; !strings.HasPrefix(l, "{per: "+string(limit.Per)+",") || strings.Contains(l, "amount") != limit.Amount.Valid {
			t.Fatalf("got the limits %+v\n%s", got.Limits, w.text())
		}
	}
	for i, r := range rules {
		if s := got.Rules[i]; s.Name != r.name || s.Price != (r.name == priceRule) || s.Count != r.count || !slices.Equal(s.By, w.by(r, o)) || !slices.Equal(s.Approvers, r.approvers) {
			t.Fatalf("got %+v, want %+v by %v\n%s%+v", s, r, w.by(r, o), w.text(), o)
		}
	}
}

// checkGrant compares who may order, and that the explanation of a request agrees with
// what the policy decides about it.
func checkGrant(t *rapid.T, p *Policy, w world, user string, o order.Order, reached map[string]int) {
	g, err := p.Grant(t.Context(), person(user), o.Server.Name)
	e, _ := w.entryOf(user, o.Server.Name)
	if (err == nil) != (e != nil) || e != nil && (g.Account != e.account || int(g.MaxHours) != e.maxHours || g.Server != o.Server) {
		t.Fatalf("%s orders: got %+v, %v, want %+v\n%s\n%v", user, g, err, e, w.text(), w.members)
	}
	last := &order.Receipt{PlanPrice: o.Estimate.Amount}
	last.PlanPrice.Decimal = last.PlanPrice.Decimal.Mul(decimal.NewFromInt(720)).Div(decimal.NewFromInt(int64(o.Hours)))
	x, failed := p.rules.Explain(Question{User: user, Server: o.Server.Name, Hours: o.Hours, LastReceipt: last}, p.members)
	if err == nil {
		reached["granted"]++
		asks := order.Order{Person: person(user), Account: g.Account, Server: g.Server, Hours: o.Hours, Estimate: o.Estimate}
		if _, err = p.Judge(t.Context(), asks); g.MaxHours > 0 && o.Hours > g.MaxHours {
			err = &order.Error{Code: order.CodeBadHours}
		}
	}
	if failed != nil || x.Code != order.CodeOf(err) {
		t.Fatalf("%s asks: explained as %+v, %v; want %v\n%s\n%v", user, x, failed, err, w.text(), w.members)
	}
}
