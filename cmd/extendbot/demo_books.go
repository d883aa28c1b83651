package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
)

// owners are the accounts of a stage and whose they are.
var owners = []struct{ account, user string }{{stageAliceAccount, stageAlice}, {stageBobAccount, stageBob}}

// books lists what 0xhost charged, and what the accounts have.
func books(s *stage, m mrkdwn) []string {
	var b strings.Builder
	charges := s.oxhost.Charges()
	if len(charges) == 0 {
		b.WriteString("0xhost charged nothing.\n")
	} else {
		table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
		fmt.Fprintln(table, "0xhost charged\tfor\twhose account\tbalance")
		for _, c := range charges {
			fmt.Fprintf(table, "%s\t%s of %s\t%s\t%s → %s\n", euros(c.Amount), plural(c.Hours, "hour"), rented(s, c.ServerID),
				accountOf(m, c.AccountID), c.BalanceBefore.StringFixed(2), euros(c.BalanceAfter))
		}
		_ = table.Flush() // a Builder takes everything
	}
	for _, o := range owners {
		fmt.Fprintf(&b, "%s has %s.\n", m.name(o.user), euros(s.oxhost.Balance(o.account)))
	}
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

func accountOf(m mrkdwn, account string) string {
	for _, o := range owners {
		if o.account == account {
			return m.name(o.user)
		}
	}
	return account
}

func rented(s *stage, id string) string {
	if r, ok := s.oxhost.Rented(id); ok {
		return r.Name
	}
	return id
}

func euros(d decimal.Decimal) string { return d.StringFixed(2) + " EUR" }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// short writes a time that something took with as many digits as say
// something.
func short(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.1f s", ms/1000)
	}
}

// spent adds up what an account was charged.
func spent(charges []oxhostsim.Charge, account string) decimal.Decimal {
	sum := decimal.Zero
	for _, c := range charges {
		if c.AccountID == account {
			sum = sum.Add(c.Amount)
		}
	}
	return sum
}
