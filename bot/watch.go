package bot

import (
	"context"
	"time"
)

// watch probes the link of the socket until ctx ends. A link that is half dead
// (the peer vanished behind a NAT, or hangs) swallows what Slack hands to it,
// for as long as nobody notices.
func (s *socket) watch(ctx context.Context) {
	tick := time.NewTicker(s.app.cfg.ProbeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if l := s.link.Load(); l != nil && !l.probe() {
			s.link.CompareAndSwap(l, nil)
			s.app.log.WithField(fieldSocket, s.index).Warn("a connection to slack gave no sign of life, opening another one")
		}
	}
}
