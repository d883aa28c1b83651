package bot

// maxConnections is how many connections Slack gives an app, over all its
// processes.
//
// https://docs.slack.dev/apis/events-api/using-socket-mode
const maxConnections = 10

// warnOfBudget warns if the connections that Slack counts for the app leave too
// few: one that Slack refuses is missing when another one is refreshed.
func (a *App) warnOfBudget(counted int) {
	own := 0
	for _, s := range a.sockets {
		if s.greeted.Load() {
			own++
		}
	}
	// A connection that was just replaced may still be counted: then there seem
	// to be more of others' than there are, and the warning comes too soon.
	others := max(counted-own, 0)
	log := a.log.WithField("num_connections", counted).WithField("of_others", others)
	switch {
	case others+a.cfg.Connections > maxConnections:
		log.Warnf("slack allows %d connections for this app, and with the %d of SLACK_CONNECTIONS there are more: lower it, or run fewer replicas",
			maxConnections, a.cfg.Connections)
	case counted >= maxConnections:
		log.Warn("slack allows no more connections for this app: another replica would get none")
	}
}
