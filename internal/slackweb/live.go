package slackweb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// update is what the live stream says of one container: which pieces it has, in order, and
// the HTML of those that are new or changed.
type update struct {
	In   string            `json:"in"`
	IDs  []string          `json:"ids"`
	HTML map[string]string `json:"html"`
}

const (
	// tick is how often a stream looks at what does not report its changes: the drawer, and
	// dates such as "today".
	tick = time.Second
	// sendTimeout is how long a window may take to read an update, or to send a form.
	sendTimeout = 10 * time.Second
	// maxStreams is how many windows may be open. A browser opens six at once.
	maxStreams = 64
)

// live streams what changes in a place, until its window is closed. A window that connects
// again gets everything, and keeps the pieces whose version it has.
func (s *Site) live(w http.ResponseWriter, r *http.Request) {
	at, err := s.placeOf(r)
	if err != nil {
		s.notFound(w, r)
		return
	}
	defer s.streams.Add(-1)
	if s.streams.Add(1) > maxStreams || !s.enter() {
		http.Error(w, "Too many windows are open, or this Slack is being stopped. Close a window.", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	changed, stop := s.cfg.Slack.Watch()
	defer stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out, sent := http.NewResponseController(w), map[string]container{}
	_, _ = fmt.Fprintf(w, "retry: 1000\nevent: version\ndata: %s\n\n", s.version) // an error ends the stream below
	for {
		all, err := s.containers(at)
		if err != nil {
			return // the window connects again
		}
		_ = out.SetWriteDeadline(time.Now().Add(sendTimeout)) // a recorder in a test has none
		for _, c := range all {
			if err := send(w, c.since(sent[c.ID])); err != nil {
				return
			}
			sent[c.ID] = c
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-changed:
		case <-ticker.C:
		case <-r.Context().Done():
			return
		case <-s.life.Done():
			return
		}
	}
}

// send sends an update, unless it is nil.
func send(w http.ResponseWriter, u *update) error {
	if u == nil {
		return nil
	}
	data, err := json.Marshal(u)
	if err == nil {
		_, err = fmt.Fprintf(w, "data: %s\n\n", data)
	}
	return err
}

// since returns what changed in a container since an earlier state, or nil.
func (c container) since(old container) *update {
	u := &update{In: c.ID, IDs: []string{}, HTML: map[string]string{}}
	before := map[string]string{}
	var ids []string
	for _, p := range old.Pieces {
		before[p.ID] = p.Version
		ids = append(ids, p.ID)
	}
	for _, p := range c.Pieces {
		u.IDs = append(u.IDs, p.ID)
		if before[p.ID] != p.Version {
			u.HTML[p.ID] = string(p.HTML)
		}
	}
	if old.ID != "" && len(u.HTML) == 0 && slices.Equal(ids, u.IDs) {
		return nil
	}
	return u
}
