package check

import (
	"context"
	"fmt"

	"extendbot/ledger"
)

// databaseSetting is the setting that names the database.
const databaseSetting = "DATABASE_URL"

// database tries to open the database as serve does.
func (r *run) database(ctx context.Context) {
	database := r.Settings.Database
	found, err := ledger.TryOpen(ctx, ledger.Config{URL: database.Reveal()})
	if err != nil {
		err = fmt.Errorf("%s: %w", databaseSetting, err)
	}
	result := database.String()
	switch {
	case found.New:
		result += " does not exist yet; the first start creates it"
	case found.Older:
		result += " belongs to an older version; the next start brings it up to date"
	}
	r.report("database", result, err)
	r.note("database", found.Warnings...)
	r.team, r.serving = found.Team, found.Serving
	switch {
	case err != nil || found.Serving == 0:
	case found.Serving == 1:
		r.note("database", "another extendbot is serving it now")
	default:
		r.note("database", fmt.Sprintf("%d other extendbots are serving it now", found.Serving))
	}
}
