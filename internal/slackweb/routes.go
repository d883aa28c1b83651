package slackweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// routes returns the addresses of the site. People and channels are in them by name.
func (s *Site) routes(static http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", static))
	mux.HandleFunc("GET /{$}", s.start)
	for _, where := range []string{"/as/{user}/c/{channel}", "/as/{user}/app", "/as/{user}/app/{tab}"} {
		mux.HandleFunc("GET "+where, s.page)
		mux.HandleFunc("GET /live"+where, fetched(s.live))
	}
	mux.HandleFunc("GET /as/{user}/archives/{channel}/{message}", s.permalink)
	mux.HandleFunc("GET /as/{user}/options", fetched(s.suggest))
	for name, do := range map[string]act{
		"say": s.say, "click": s.click, "shortcut": s.shortcut, "open-home": s.openHome, "press-home": s.pressHome,
		"submit": s.submit, "choose": s.choose, "close": s.closeModal, "press-view": s.pressModal,
	} {
		mux.HandleFunc("POST /as/{user}/"+name, s.action(do))
	}
	mux.HandleFunc("POST /world/{control}", s.control)
	mux.HandleFunc("/", s.notFound)
	return mux
}

// start shows the first place.
func (s *Site) start(w http.ResponseWriter, r *http.Request) {
	for _, u := range s.people() {
		if u.ID != s.cfg.Viewer {
			continue
		}
		if ch, err := s.channelWithID(u.ID, s.cfg.Channel); err == nil {
			http.Redirect(w, r, place{Viewer: u, Channel: ch}.Path(), http.StatusSeeOther)
			return
		}
	}
	s.notFound(w, r)
}

// permalink shows the message that a permalink names, in its thread if it is a reply.
func (s *Site) permalink(w http.ResponseWriter, r *http.Request) {
	viewer, err := s.viewer(r)
	if err != nil {
		s.notFound(w, r)
		return
	}
	ch, err := s.channelWithID(viewer.ID, r.PathValue("channel"))
	digits := strings.TrimPrefix(r.PathValue("message"), "p")
	if err != nil || len(digits) <= microDigits {
		s.notFound(w, r)
		return
	}
	at := place{Viewer: viewer, Channel: ch, Thread: r.URL.Query().Get("thread_ts")}
	ts := digits[:len(digits)-microDigits] + "." + digits[len(digits)-microDigits:]
	http.Redirect(w, r, at.Path()+"#"+url.PathEscape(messageID(ts)), http.StatusSeeOther)
}

// microDigits is how many digits of a message's ts are behind its point.
const microDigits = 6

// act is what a person does with a form.
type act func(ctx context.Context, viewer string, form url.Values) error

// action returns a handler that does what a form says. Its answer has no content, or the
// sentence that says why it did not work. Somebody who leaves the page takes nothing back.
func (s *Site) action(do act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		viewer, err := s.viewer(r)
		if err != nil {
			s.notFound(w, r)
			return
		}
		if !readForm(w, r) {
			return
		}
		if err := do(context.WithoutCancel(r.Context()), viewer.ID, r.PostForm); err != nil {
			http.Error(w, words(err), http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// maxForm is the most bytes of a form. A message has at most 40,000 characters.
const maxForm = 256 << 10

// readForm reads the form of a post. It returns false if it has answered with what is wrong.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(sendTimeout)) // a recorder in a test has none
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		http.Error(w, "This is too long. Send less at once.", http.StatusRequestEntityTooLarge)
		return false
	}
	if err != nil {
		http.Error(w, "The form cannot be read. Load the page again.", http.StatusBadRequest)
		return false
	}
	return true
}

// notFound answers that there is nothing at an address, with a link to where there is.
func (s *Site) notFound(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "There is nothing here that can be done. Load the page again.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_ = s.templates.ExecuteTemplate(w, "lost.html", nil) // the window may be gone
}

// control does what a control of the drawer says.
func (s *Site) control(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Drawer == nil {
		s.notFound(w, r)
		return
	}
	if !readForm(w, r) {
		return
	}
	said, err := s.cfg.Drawer.Do(context.WithoutCancel(r.Context()), r.PathValue("control"), r.PostFormValue("choice"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(said)) // the window may be gone
}
