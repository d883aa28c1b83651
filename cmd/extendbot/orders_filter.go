package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"extendbot/ledger"
	"extendbot/order"
)

// filter is which orders the flags select. The zero value selects all of them.
type filter struct {
	server string // a name or an id, in any case
	user   string // who asked for it
	states []string
}

var errNoServer = usageError{errors.New("--server must be the name or id of a server")}

// filterFlags adds the flags --server and --user. Call check before the filter is used.
func filterFlags(cmd *cobra.Command) *filter {
	f := &filter{}
	cmd.Flags().StringVar(&f.server, "server", "", "only orders for this server: its name or id")
	cmd.Flags().StringVar(&f.user, "user", "", "only orders that this person asked for: a Slack user id")
	return f
}

// stateFlag adds the flag --state.
func (f *filter) stateFlag(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.states, "state", nil, "only orders in this state, or in one of several, with commas between: "+stateNames())
}

func stateNames() string {
	var names []string
	for _, s := range order.States() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// check reads the flags that were given, and returns what is wrong with them as far as no
// ledger is needed to see it.
func (f *filter) check(cmd *cobra.Command) error {
	f.server = strings.TrimSpace(f.server)
	f.user = userID(f.user)
	for i, typed := range f.states {
		state := strings.NewReplacer("-", "_", " ", "_", "canceled", "cancelled").Replace(strings.ToLower(strings.TrimSpace(typed)))
		if !slices.Contains(order.States(), order.State(state)) {
			return usageError{fmt.Errorf("--state: there is no state %q, only %s%s", typed, stateNames(), didYouMean(state, strings.Split(stateNames(), ", ")))}
		}
		f.states[i] = state
	}
	given := cmd.Flags().Changed
	switch {
	case given("server") && f.server == "":
		return errNoServer
	case given("user") && !slackUser.MatchString(f.user):
		return usageError{errors.New("--user " + wrongSlackUser)}
	case given("state") && len(f.states) == 0:
		return usageError{errors.New("--state must be one of " + stateNames())}
	}
	return nil
}

// userID returns the Slack user id that was typed, or pasted as a mention.
func userID(typed string) string { return strings.ToUpper(strings.Trim(typed, " <@>")) }

func (f *filter) selectsAll() bool { return f.server == "" && f.user == "" && len(f.states) == 0 }

// selected says which orders the filter selects, after the word "order", or "" if all.
func (f *filter) selected() string {
	text := ""
	if f.server != "" {
		text += " for " + visible(f.server)
	}
	if f.user != "" {
		text += " by " + f.user
	}
	if len(f.states) > 0 {
		text += " in state " + strings.Join(f.states, " or ")
	}
	return text
}

// matches reports whether the filter selects an order.
func (f *filter) matches(o order.Order) bool {
	return (f.server == "" || isServer(f.server, o.Server)) &&
		(f.user == "" || f.user == o.Person.User) &&
		(len(f.states) == 0 || slices.Contains(f.states, string(o.State)))
}

// isServer reports whether what was typed is the name or the id of a server, in any case.
func isServer(typed string, s order.Server) bool {
	return strings.EqualFold(typed, s.Name) || strings.EqualFold(typed, s.ID)
}

// errEnough stops reading orders.
var errEnough = errors.New("enough orders were read")

// since returns the newest orders that the filter selects and that were asked for since a
// time, at most limit.
func (f *filter) since(ctx context.Context, l *ledger.Ledger, since time.Time, limit int) ([]order.Order, error) {
	if f.selectsAll() {
		return l.List(ctx, since, limit)
	}
	var list []order.Order
	err := l.NewestFirst(ctx, since, func(o order.Order) error {
		if f.matches(o) {
			list = append(list, o)
		}
		if len(list) == limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, err
}

// askedAt returns when an order was asked for.
func askedAt(o order.Order) time.Time { return o.CreatedAt }

// newest returns the time of the newest order that the filter selects and that has a time,
// or no time. If no order at all is for the server, or was asked for by the person, that is
// a mistake of usage.
func (f *filter) newest(ctx context.Context, l *ledger.Ledger, at func(order.Order) time.Time) (time.Time, error) {
	var found time.Time
	names, users := map[string]bool{}, map[string]bool{}
	server, user := f.server == "", f.user == ""
	err := l.NewestFirst(ctx, time.Time{}, func(o order.Order) error {
		server, user = server || isServer(f.server, o.Server), user || f.user == o.Person.User
		names[o.Server.Label()], users[o.Person.User] = true, true
		if !f.matches(o) {
			return nil
		}
		if found = at(o); found.IsZero() {
			return nil
		}
		return errEnough
	})
	switch {
	case err != nil && !errors.Is(err, errEnough), len(names) == 0:
		return time.Time{}, err
	case !server:
		return time.Time{}, usageError{fmt.Errorf("--server: no order is for %q%s", f.server, known(f.server, "there are orders for", names))}
	case !user:
		return time.Time{}, usageError{fmt.Errorf("--user: %s asked for no order%s", f.user, known(f.user, "orders were asked for by", users))}
	}
	return found, nil
}

// nothing says that nothing happened since a time to an order that the filter selects, and
// when it happened to the newest one.
func (f *filter) nothing(what string, since, newest time.Time) string {
	text := fmt.Sprintf("No order%s was %s since %s. ", f.selected(), what, inZone(since))
	if newest.IsZero() {
		return text + "There is none before, either."
	}
	newest = newest.In(since.Location())
	return text + fmt.Sprintf("The newest one was %s at %s: --since %s shows it.", what, inZone(newest), newest.Format(time.DateOnly))
}

// inZone formats a time with its time zone.
func inZone(t time.Time) string { return t.Format("2006-01-02 15:04 ") + t.Location().String() }
