package slackweb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
)

// container is a part of the page whose pieces the live stream replaces one by one.
type container struct {
	ID     string
	Pieces []piece
}

// piece is a part of a container: a message, for example.
type piece struct {
	ID      string // of its element
	Version string // changes with its content
	HTML    template.HTML
}

// page shows a place.
func (s *Site) page(w http.ResponseWriter, r *http.Request) {
	at, err := s.placeOf(r)
	if err != nil {
		s.notFound(w, r)
		return
	}
	all, err := s.containers(at)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	data := s.frame(at, all)
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, "page.html", data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.WriteTo(w) // the window may be gone
}

// containers returns everything in a place that can change.
func (s *Site) containers(at place) ([]container, error) {
	var all []container
	for _, render := range []func(place) (container, error){s.sidebar, s.messages, s.thread, s.home, s.modal, s.drawer} {
		c, err := render(at)
		if err != nil {
			return nil, fmt.Errorf("slackweb: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}

// add renders a piece with the template of this name into the container.
func (s *Site) add(c *container, id, name string, data any) error {
	var inner bytes.Buffer
	if err := s.templates.ExecuteTemplate(&inner, name, data); err != nil {
		return err
	}
	sum := sha256.Sum256(inner.Bytes())
	p := piece{ID: id, Version: hex.EncodeToString(sum[:6])}
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, "piece.html", map[string]any{
		"ID": id, "Version": p.Version, "Kind": name, "Inner": template.HTML(inner.String()), //nolint:gosec // from a template
	}); err != nil {
		return err
	}
	p.HTML = template.HTML(out.String()) //nolint:gosec // from a template
	c.Pieces = append(c.Pieces, p)
	return nil
}
