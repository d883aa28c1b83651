package ledger

import "extendbot/order"

// Transition is one step of an order's life: what happened, and the order after it.
type Transition struct {
	Order order.Order
	Entry order.Entry
}

// Rows are what the tables orders and history hold of one order. The columns
// come in the order of [OrderColumns] and [HistoryColumns].
type Rows struct {
	Order   []any
	History [][]any
}

// OrderColumns names the columns of the table orders.
func OrderColumns() []string { return append([]string(nil), columns...) }

// HistoryColumns names the columns of the table history.
func HistoryColumns() []string {
	return []string{"order_id", "version", "at", "who", "from_state", "to_state", "why", "facts", "chain"}
}

// Encode gives the rows of an order with this life, oldest moment first, as
// [Ledger.Create] and [Ledger.Change] would have left them. It is for tools
// that fill an empty ledger; whoever has a ledger open changes it by those.
func Encode(life []Transition) (Rows, error) {
	var (
		rows Rows
		last row
	)
	for _, m := range life {
		known, err := factsOf(m.Order)
		if err != nil {
			return Rows{}, err
		}
		last = row{Order: m.Order, chain: chainHash(last.chain, m.Order.ID, m.Entry, known)}
		rows.History = append(rows.History, historyValues(m.Order.ID, m.Entry, known, last.chain))
	}
	values, err := last.values()
	rows.Order = values
	return rows, err
}
