package ledger

import (
	"fmt"

	"extendbot/ledger/postgres"
)

// late is later than all other times.
const late = int64(1) << 60

type plan struct {
	Name, Query string
	Args        []any
	Indexes     []string
}

// Plans are the queries whose time must not grow with the ledger, with values
// for them, and the indexes that ensure that.
var Plans = []plan{
	{"the orders of a person", selectRecent, []any{"U0FILL001", "T0TEAM", 20}, []string{"orders_person"}},
	{"the pending orders of a person", selectPendingOf, []any{"U0FILL001", "T0TEAM"}, []string{"orders_person_pending"}},
	{"the orders of a server", selectOfServer, []any{"srv-0000001", 20}, []string{"orders_server"}},
	{"the orders of a server by its name", selectOfNamed, []any{"web-1", 20}, []string{"orders_server_name"}},
	{"the newest orders", selectNewest, []any{0, 20}, []string{"orders_newest"}},
	{"what else there is of a server", selectOthers, []any{"srv-0000001", "o", late}, []string{"orders_server_pending", "orders_holder", "orders_server_ended"}},
	{"whether there is anything else of a server", selectAnyOther, []any{"srv-0000001", "o", late}, []string{"orders_server_pending", "orders_holder", "orders_server_ended"}},
	{"the last receipts of a server", selectLastReceipts, []any{"srv-0000001"}, []string{"orders_server_ended"}},
	{"orders that could be the same one", countRivals, []any{"srv-0000001", "a", 24, "o", late}, []string{"orders_server_ended"}},
	{"what an approval depends on", selectHolderAndNewest, []any{"srv-0000001", "o", late}, []string{"orders_holder", "orders_server_ended"}},
	{"what a request depends on", selectBeforeCreate, []any{"srv-0000001", "o", late, "k", "U0FILL001", "T0TEAM", "a", 24},
		[]string{"orders_holder", "orders_server_ended", "orders_request", "orders_person_pending"}},
	{"the pending orders of a server that was extended", markExtended, []any{"srv-0000001", "o"}, []string{"orders_server_pending"}},
	{"open work", selectOpen, nil, []string{"orders_open"}},
	{"unknown outcomes", selectUnknown, nil, []string{"orders_holder"}},
	{"how many outcomes are unknown", countUnknown, nil, []string{"orders_holder"}},
	{"how many orders have no known outcome", countHolding, nil, []string{"orders_holder"}},
	{"the order of a request", selectByKey, []any{"k"}, []string{"orders_request"}},
	{"the order of a receipt", selectHostOrder, []any{"h"}, []string{"orders_host_order"}},
	{"the order of a receipt, whole", selectHolderOfHostOrder, []any{"h"}, []string{"orders_host_order"}},
	{"what was approved", selectSpent, []any{late}, []string{"orders_spent"}},
	{"what a person spent", sumSpent + spentSince + samePerson, []any{late, "o", "T0TEAM U0FILL001"}, []string{"orders_spent"}},
	{"what was spent for a server", sumSpent + spentSince + sameServer, []any{late, "o", "srv-0000001"}, []string{"orders_spent"}},
	{"what an account spent", sumSpent + spentSince + sameAccount, []any{late, "o", "a"}, []string{"orders_spent"}},
	{"what all spent", sumSpent + spentSince, []any{late, "o"}, []string{"orders_spent"}},
	{"the placed orders from which a lease follows", selectPlacedOf, []any{"srv-0000001"}, []string{"orders_rented"}},
	{"the unsettled orders of a server", selectUnsettled, []any{"srv-0000001"}, []string{"orders_holder"}},
	{"the next server that was rented", selectNextRented, []any{"srv-0000001"}, []string{"orders_rented"}},
	{"the name of a server that was rented", selectNameOf, []any{"srv-0000001"}, []string{"orders_rented"}},
	{"the order of a lease", selectOneClick, []any{"srv-0000001", 1}, []string{"orders_one_click"}},
	{"what a person spent, one by one", selectSpentParts + spentSince + samePerson + oldestFirst, []any{late, "o", "T0TEAM U0FILL001"}, []string{"orders_spent"}},
}

// SQLitePlans are those that only SQLite has.
var SQLitePlans = []plan{
	{"the pending orders of a workspace", selectPending, []any{"T0TEAM", 100}, []string{"orders_open"}},
	{"the reminders that are open", selectReminders, nil, []string{"reminders_open"}}, // and the primary key
	{"orders that no process places", selectOrphans(&sqliteEngine{}), []any{0, 0, "p1"}, []string{"orders_holder"}},
}

// PGPlans are those that only PostgreSQL has.
var PGPlans = []plan{
	{"the pending orders of a workspace", selectPending, []any{"T0TEAM", 100}, []string{"orders_server_pending"}},
	{"the reminders that are open", selectReminders, nil, []string{"reminders_open", "reminders_pkey"}},
	{"orders of dead processes to place", selectOrphans(&pgEngine{}), []any{0, 0, "p1"}, []string{"orders_holder"}},
	{"orders of dead processes to show", selectOverdue(&pgEngine{}), []any{0, 0, "p1"}, []string{"orders_open"}},
	{"jobs of dead processes", fmt.Sprintf(resumeJobs, fmt.Sprintf(postgres.SelectDead, "$1")), []any{"p1"}, []string{"river_job_pkey", "river_job_prioritized_fetching_index", "river_job_prioritized_fetching_index"}},
}

// Writes are the statements that change an order.
var Writes = []string{insertOrder, updateOrder, insertHistory, recordCard, recordThread}

// SumSpent is the beginning of the queries for what counts against a limit.
const SumSpent = sumSpent
