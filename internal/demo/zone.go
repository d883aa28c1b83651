package demo

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// localZone returns the time zone of this machine, or UTC if its name is not
// known. The people of the demo live there: a time that they type must be on the
// clock on which times are shown, and Slack knows zones by their names only.
func localZone() *time.Location {
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		path, _ := filepath.EvalSymlinks("/etc/localtime") // "" on an error
		_, name, _ = strings.Cut(path, "zoneinfo/")
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return time.UTC
	}
	return zone
}
