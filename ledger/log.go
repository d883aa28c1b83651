package ledger

import (
	"context"
	"io"
	"log/slog"

	"github.com/sirupsen/logrus"
)

// silent is a log that nobody reads.
func silent() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// slogTo lets River, which logs to slog, write to the program's log. Only
// warnings and errors pass: the rest is about River's own housekeeping.
func slogTo(log logrus.FieldLogger) *slog.Logger { return slog.New(slogHandler{log: log}) }

type slogHandler struct{ log logrus.FieldLogger }

// Enabled implements slog.Handler.
func (slogHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (h slogHandler) Handle(_ context.Context, r slog.Record) error {
	log := h.log
	r.Attrs(func(a slog.Attr) bool {
		log = log.WithField(a.Key, a.Value.Resolve().Any())
		return true
	})
	if r.Level >= slog.LevelError {
		log.Error("due work: " + r.Message)
		return nil
	}
	log.Warn("due work: " + r.Message)
	return nil
}

// WithAttrs implements slog.Handler.
func (h slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	log := h.log
	for _, a := range attrs {
		log = log.WithField(a.Key, a.Value.Resolve().Any())
	}
	return slogHandler{log: log}
}

// WithGroup implements slog.Handler. River does not group.
func (h slogHandler) WithGroup(string) slog.Handler { return h }
