package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"extendbot/auth"
	"extendbot/internal/check"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/leases"
	"extendbot/order/prices"
)

const leasesLong = `Lists until when each server runs, the first one to run out first, and from what that is
known: the receipt or the policy that states an expiry, and the hours that were bought since
then. It is what the bot shows in Slack and what its reminders follow.

The servers and who pays for them are those of the policy in the environment: POLICY_FILE, or
ALLOWLIST and SERVERS. The orders are in the database that DATABASE_URL names, which can be
read while extendbot is serving. With OXHOST_API_KEY, 0xhost's lists of orders are read; if that
fails, or without the key, hours that were bought outside Slack count as far as the serving
process recorded them, and a warning says so. Nothing is ordered or written.`

func leasesCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "leases",
		Short:   "List until when each server runs, and from what that is known",
		Long:    leasesLong,
		Example: "  extendbot leases\n  extendbot leases --server web-1 --json",
		Args:    noArgs,
	}
	server := cmd.Flags().String("server", "", "only this server: its name or id")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := settings.LoadLeases()
		if err != nil {
			return err
		}
		rules, err := service.NewRules(s, nil)
		if err != nil {
			return &settings.Error{Mistakes: []settings.Mistake{{Name: "POLICY_FILE", What: err.Error()}}}
		}
		report := leasesReport{TimeZone: s.OxhostTimezone.String(), Leases: []leaseRow{}, Unread: []string{}, now: time.Now(), zone: s.OxhostTimezone}
		if err := useLedger(cmd.Context(), s, func(l *ledger.Ledger) error {
			return report.find(cmd.Context(), s, rules, l, term.err)
		}); err != nil {
			return err
		}
		if cmd.Flags().Changed("server") {
			if err := report.only(strings.TrimSpace(*server)); err != nil {
				return err
			}
		}
		if *asJSON {
			return printJSON(term.out, report)
		}
		return report.writeTable(term.out)
	}
	return cmd
}

// only removes all other servers from the report. A server that is not there is a mistake
// of usage.
func (r *leasesReport) only(server string) error {
	if server == "" {
		return errNoServer
	}
	names := map[string]bool{}
	var found []leaseRow
	for _, row := range r.Leases {
		s := order.Server{Name: row.Server, ID: row.ServerID}
		names[s.Label()] = true
		if isServer(server, s) {
			found = append(found, row)
		}
	}
	if len(found) == 0 {
		return usageError{fmt.Errorf("--server: neither the policy nor an order has %q%s", server, known(server, "there are", names))}
	}
	r.Leases = found
	return nil
}

// find fills the report. What could not be read at 0xhost is reported to warnings.
func (r *leasesReport) find(ctx context.Context, s settings.Settings, rules *auth.Rules, l *ledger.Ledger, warnings io.Writer) error {
	quiet := logrus.New()
	quiet.SetOutput(io.Discard) // what cannot be read is reported once, below
	config := prices.Config{LastReceipt: l.LastReceipt, PlanPrice: rules.Price, Currency: s.Currency, Log: quiet, Now: time.Now}
	accounts, err := rules.Accounts()
	if err != nil {
		return err
	}
	if s.OxhostAPIKey.Reveal() != "" {
		client, err := service.NewOxhost(s, version)
		if err != nil {
			return err
		}
		defer client.Close()
		config.HostOrders = client
	}
	watch := prices.New(config)
	if config.HostOrders != nil {
		r.readLists(ctx, accounts, watch, warnings)
	} else {
		r.Unread = append(r.Unread, accounts...)
		warn(warnings, "OXHOST_API_KEY is not set, so 0xhost's lists of orders are not read")
	}
	known := leases.NewKnown(leases.KnownConfig{Store: l, Servers: rules.AllServers, Expires: rules.Expires, Lines: watch.Lines, Now: func() time.Time { return r.now }})
	all, err := known.All(ctx)
	if err != nil {
		return err
	}
	for _, f := range all {
		e, err := watch.Estimate(ctx, order.Order{Server: f.Lease.Server, Hours: order.HoursPerPlanPrice})
		if err != nil {
			return err
		}
		r.Leases = append(r.Leases, rowOf(f, e, s.Currency))
	}
	return nil
}

// listsAtOnce is how many lists are read at once.
const listsAtOnce = 4

// listTimeout is how long reading a list may take.
const listTimeout = 15 * time.Second

// readLists reads the list of orders of each account.
func (r *leasesReport) readLists(ctx context.Context, accounts []string, watch *prices.Watch, warnings io.Writer) {
	failed := make([]error, len(accounts))
	free := make(chan struct{}, listsAtOnce)
	var readings sync.WaitGroup
	for i, id := range accounts {
		free <- struct{}{}
		readings.Go(func() {
			defer func() { <-free }()
			ctx, cancel := context.WithTimeoutCause(ctx, listTimeout, errListSlow)
			defer cancel()
			failed[i] = watch.ReadList(ctx, id)
		})
	}
	readings.Wait()
	for i, id := range accounts {
		if err := failed[i]; err != nil {
			r.Unread = append(r.Unread, id)
			warn(warnings, fmt.Sprintf("the list of orders of account %s cannot be read: %s (%v)", id, check.AccountHint(err), err))
		}
	}
}

var errListSlow = errors.New("0xhost did not send the list in time")

// warn says that what was bought outside Slack may be missing, and why.
func warn(out io.Writer, why string) {
	fmt.Fprintln(out, visibleLines("extendbot: warning: "+why+". Hours that were bought outside Slack count only as far as extendbot recorded them"))
}
