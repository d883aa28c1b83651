package service

import (
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/settings"
)

// NewLog returns a log with the level and the format from the settings.
func NewLog(s settings.Settings, out io.Writer) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(out)
	log.SetLevel(s.LogLevel)
	if s.LogFormat == settings.LogJSON {
		log.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
	} else {
		log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: time.RFC3339})
	}
	return log
}
