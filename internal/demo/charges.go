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

// chargeTable returns what 0xhost charged, as a table with a header, and the balances of the
// accounts.
func chargeTable(s *stage.Stage) (header []string, rows [][]string, balances []string) {
	for _, c := range s.Oxhost.Charges() {
		rows = append(rows, []string{
			euros(c.Amount), fmt.Sprintf("%s of %s", plural(c.Hours, "hour"), s.Cast.Hostname(c.ServerID)),
			accountHolder(s.Cast, c.AccountID), fmt.Sprintf("%s → %s", c.BalanceBefore.StringFixed(2), euros(c.BalanceAfter)),
		})
	}
	for _, p := range s.Cast.Payers() {
		balances = append(balances, fmt.Sprintf("%s has %s.", p.Name, euros(s.Oxhost.Balance(p.Account))))
	}
	return []string{"0xhost charged", "for", "whose account", "balance"}, rows, balances
}

// chargeLines lists what 0xhost charged, and the balances of the accounts.
func chargeLines(s *stage.Stage) []string {
	header, rows, balances := chargeTable(s)
	if len(rows) == 0 {
		return append([]string{"0xhost charged nothing."}, balances...)
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	_ = table.Flush() // a Builder cannot fail
	return append(strings.Split(strings.TrimRight(b.String(), "\n"), "\n"), balances...)
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
