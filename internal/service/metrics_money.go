package service

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/shopspring/decimal"

	"extendbot/order"
	"extendbot/order/prices"
)

// The directions in which a charge differs from its estimate.
const (
	chargedAbove = "above"
	chargedBelow = "below"
)

// chargedDifferently counts an order for which the host charged something else than its
// estimate.
func (m *metrics) chargedDifferently(o order.Order) {
	direction := chargedBelow
	if order.Above(o.Receipt.Amount, o.Estimate.Amount) {
		direction = chargedAbove
	}
	m.charged.WithLabelValues(direction).Inc()
}

// spentOn counts what a placed order cost. A counter cannot go down, so a credit counts as
// nothing.
func (m *metrics) spentOn(o order.Order, currency string) {
	if spent, ok := o.Spent(); ok {
		m.spent.WithLabelValues(cmp.Or(o.Currency, currency)).Add(approximate(decimal.Max(spent.Amount, decimal.Zero)))
	}
}

// approximate returns an amount as a number for Prometheus, which has no decimals. Nothing
// is decided by it.
func approximate(amount decimal.Decimal) float64 {
	return amount.InexactFloat64() //nolint:forbidigo // see above
}

// watchPrices adds how old the oldest readings of accounts are, and what accounts have
// left. name returns what the policy calls an account, or "".
func (m *metrics) watchPrices(w *prices.Watch, name func(account string) string) {
	m.registry.MustRegister(pricesCollector{w, name})
}

// pricesCollector is extendbot_account_reading_age_seconds, with one series for each
// thing that is read, and extendbot_account_balance, with one for each account whose
// balance is known.
type pricesCollector struct {
	*prices.Watch

	name func(account string) string
}

var (
	readingAgeDesc = prometheus.NewDesc("extendbot_account_reading_age_seconds", "Seconds since the list of orders, or the balance, of an account at 0xhost was read, of the account for which that is longest.", []string{"reading"}, nil)
	balanceDesc    = prometheus.NewDesc("extendbot_account_balance", "What an account at 0xhost had left when that was last read, or when 0xhost last confirmed an order.", []string{"account", "name"}, nil)
)

// Describe implements prometheus.Collector.
func (pricesCollector) Describe(to chan<- *prometheus.Desc) { to <- readingAgeDesc; to <- balanceDesc }

// Collect implements prometheus.Collector.
func (c pricesCollector) Collect(to chan<- prometheus.Metric) {
	lists, balances := c.Age()
	to <- prometheus.MustNewConstMetric(readingAgeDesc, prometheus.GaugeValue, lists.Seconds(), "list")
	to <- prometheus.MustNewConstMetric(readingAgeDesc, prometheus.GaugeValue, balances.Seconds(), "balance")
	for account, left := range c.Balances() {
		to <- prometheus.MustNewConstMetric(balanceDesc, prometheus.GaugeValue, approximate(left), account, cmp.Or(c.name(account), account))
	}
}
