package service

import (
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
)

// devVersion is the version of a program that was built without one.
const devVersion = "dev"

// Build says from what a program was built.
type Build struct {
	Version   string // of the release, or what Go knows of it; "dev" if nothing is known
	Revision  string // of the source, with "+dirty" if files were changed; "" if not known
	GoVersion string
}

// ReadBuild returns from what this program was built. linked is the version that was set
// when it was linked; "" or "dev" if none was.
func ReadBuild(linked string) Build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(linked, info)
}

// buildOf returns what is known of a build. info may be nil.
func buildOf(linked string, info *debug.BuildInfo) Build {
	b := Build{Version: linked, GoVersion: runtime.Version()}
	if b.Version == "" {
		b.Version = devVersion
	}
	if info == nil {
		return b
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if b.Revision = settings["vcs.revision"]; b.Revision != "" && settings["vcs.modified"] == "true" {
		b.Revision += "+dirty"
	}
	if known := info.Main.Version; b.Version == devVersion && known != "" && known != "(devel)" {
		b.Version = known
	}
	return b
}

// watchBuild adds from what the program was built.
func (m *metrics) watchBuild(b Build) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "extendbot_build_info", Help: "Always 1. The labels say from what this program was built.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "goversion": b.GoVersion},
	})
	info.Set(1)
	m.registry.MustRegister(info)
}
