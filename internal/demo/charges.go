package demo

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/stage"
)

// chargeLines lists what 0xhost charged, and the balances of the accounts.
func chargeLines(s *stage.Stage) []string {
	var b strings.Builder
	charges := s.Oxhost.Charges()
	if len(charges) == 0 {
		b.WriteString("0xhost charged nothing.\n")
	} else {
		table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
		fmt.Fprintln(table, "0xhost charged\tfor\twhose account\tbalance")
		for _, c := range charges {
			fmt.Fprintf(table, "%s\t%s of %s\t%s\t%s → %s\n", euros(c.Amount), plural(c.Hours, "hour"), s.Cast.Hostname(c.ServerID),
				accountHolder(s.Cast, c.AccountID), c.BalanceBefore.StringFixed(2), euros(c.BalanceAfter))
		}
		_ = table.Flush() // a Builder cannot fail
	}
	for _, p := range s.Cast.Payers() {
		fmt.Fprintf(&b, "%s has %s.\n", p.Name, euros(s.Oxhost.Balance(p.Account)))
	}
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

func accountHolder(c stage.Cast, account string) string {
	for _, p := range c.Payers() {
		if p.Account == account {
			return p.Name
		}
	}
	return account
}

func euros(d decimal.Decimal) string { return d.StringFixed(2) + " EUR" }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// short returns a duration with a useful number of digits.
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

// spent returns the total of an account's charges.
func spent(charges []oxhostsim.Charge, account string) decimal.Decimal {
	sum := decimal.Zero
	for _, c := range charges {
		if c.AccountID == account {
			sum = sum.Add(c.Amount)
		}
	}
	return sum
}
