package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"extendbot/order"
	"extendbot/order/leases"
)

// leasesReport is what the command prints as JSON.
type leasesReport struct {
	TimeZone string     `json:"time_zone"`
	Leases   []leaseRow `json:"leases"` // the first one to run out first
	// Unread are the accounts whose list of orders was not read.
	Unread []string `json:"unread_accounts"`

	now  time.Time
	zone *time.Location
}

// leaseRow is the lease of one server.
type leaseRow struct {
	Server   string            `json:"server"` // its name, or ""
	ServerID string            `json:"server_id"`
	Expires  *time.Time        `json:"expires_at"` // null: not known
	From     order.LeaseSource `json:"from"`       // receipt, policy, or ""
	Order    order.ID          `json:"order"`      // whose receipt states the expiry
	Stated   *time.Time        `json:"stated_at"`
	// Elsewhere and Unstated are hours that were bought since then and are included.
	Elsewhere order.Hours `json:"hours_bought_outside"`
	Unstated  order.Hours `json:"hours_without_expiry"`
	Renews    bool        `json:"auto_renew"`
	RenewsAt  *time.Time  `json:"auto_renew_stated_at"`
	Price     string      `json:"price_720_hours"` // "" if it is not known
	Currency  string      `json:"currency"`
	StoppedBy string      `json:"reminders_stopped_by"` // a Slack user id, or ""
}

// rowOf returns what the report says about a lease. e is what 720 hours cost.
func rowOf(f leases.Found, e order.Estimate, currency string) leaseRow {
	l := f.Lease
	row := leaseRow{
		Server: l.Server.Name, ServerID: l.Server.ID, Expires: knownTime(l.ExpiresAt), From: l.From, Order: l.Order, Stated: knownTime(l.StatedAt),
		Elsewhere: l.Elsewhere, Unstated: l.Unstated, Renews: l.AutoRenew, RenewsAt: knownTime(l.RenewStatedAt), Price: order.FormatAmount(e.Amount),
	}
	if row.Price != "" {
		row.Currency = currency
	}
	if l.Known() && f.Record.Lease.Equal(l.ExpiresAt) {
		row.StoppedBy = f.Record.StoppedBy
	}
	return row
}

// knownTime returns nil for no time.
func knownTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// writeTable prints the report for people.
func (r *leasesReport) writeTable(out io.Writer) error {
	if len(r.Leases) == 0 {
		_, err := fmt.Fprintln(out, "No server is known: the policy lists none, and none was extended yet.")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printRow(table, "SERVER", "EXPIRES", "IN", "720 HOURS", "KNOWN FROM")
	for _, row := range r.Leases {
		expires, in := "not known", ""
		if row.Expires != nil {
			expires, in = row.Expires.In(r.zone).Format("2006-01-02 15:04"), remaining(row.Expires.Sub(r.now))
		}
		printRow(table, order.Server{Name: row.Server, ID: row.ServerID}.Label(), expires, in, dash(withCurrency(row.Price, row.Currency)), row.evidence(r.zone))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nTimes are those of %s (OXHOST_TIMEZONE).\n", visible(r.TimeZone))
	return err
}

// evidence says from what the end of the lease is known, and what keeps reminders away.
func (row leaseRow) evidence(zone *time.Location) string {
	var parts []string
	switch row.From {
	case order.LeaseFromReceipt:
		parts = append(parts, "receipt of "+string(row.Order))
	case order.LeaseFromPolicy:
		parts = append(parts, "policy")
	case order.LeaseUnknown:
		parts = append(parts, "-")
	}
	if row.Elsewhere > 0 {
		parts = append(parts, fmt.Sprintf("+ %d h bought outside Slack", row.Elsewhere))
	}
	if row.Unstated > 0 {
		parts = append(parts, fmt.Sprintf("+ %d h whose receipt states no expiry", row.Unstated))
	}
	text := strings.Join(parts, " ")
	if row.Renews {
		text += "; 0xhost renews it, as of " + row.RenewsAt.In(zone).Format(time.DateOnly)
	}
	if row.StoppedBy != "" {
		text += "; reminders stopped by " + row.StoppedBy
	}
	return text
}

// remaining returns how long something takes, or how long ago it was: "5 h", "3 days ago".
func remaining(d time.Duration) string {
	text := shortDuration(d.Abs())
	if d < 0 {
		return text + " ago"
	}
	return text
}

// shortDuration returns a duration in minutes, in hours up to two days, or in days, rounded
// down.
func shortDuration(d time.Duration) string {
	switch hours := int(d.Hours()); {
	case hours >= 48:
		return fmt.Sprintf("%d days", hours/24)
	case hours >= 1:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
}
