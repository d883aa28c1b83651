package testpg

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// errNoBinaries says that this machine has no server to start.
var errNoBinaries = errors.New("no initdb and postgres: pg_config, PATH and the usual folders were searched")

// usualPlaces are where packages put the binaries, which seldom is in PATH.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin", // Debian
	"/usr/pgsql-*/bin",          // PostgreSQL's own RPMs
	"/usr/libexec/postgresql*",  // Alpine
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/opt/local/lib/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries gives the folder that holds initdb and postgres: the one of the
// pg_config that PG_CONFIG or PATH name, else one in PATH, else the newest in
// places.
func binaries(ctx context.Context, places []string) (string, error) {
	candidates := []string{configured(ctx)}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		candidates = append(candidates, folderOf(initdb))
	}
	candidates = append(candidates, newestFirst(places)...)
	for _, dir := range candidates {
		if runnable(dir, "initdb") && runnable(dir, "postgres") {
			return dir, nil
		}
	}
	return "", errNoBinaries
}

// configured asks pg_config, which a machine that only builds clients has too;
// empty if there is none.
func configured(ctx context.Context) string {
	command := cmp.Or(os.Getenv("PG_CONFIG"), "pg_config")
	out, err := exec.CommandContext(ctx, command, "--bindir").Output() //nolint:gosec // whoever runs the tests names it
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// folderOf follows links: the binaries find their files beside where they are.
func folderOf(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return filepath.Dir(path)
}

func runnable(dir, name string) bool {
	if !filepath.IsAbs(dir) {
		return false
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	_, err := exec.LookPath(filepath.Join(dir, name))
	return err == nil
}

// newestFirst lists the folders that match the patterns, by the version in
// their paths.
func newestFirst(patterns []string) []string {
	var dirs []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue // only for a pattern that is none
		}
		dirs = append(dirs, found...)
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return dirs
}

var number = regexp.MustCompile(`\d+`)

// version is the last number in a path, the way packages name folders; 0 if
// there is none.
func version(dir string) int {
	all := number.FindAllString(dir, -1)
	if len(all) == 0 {
		return 0
	}
	n, err := strconv.Atoi(all[len(all)-1])
	if err != nil {
		return 0
	}
	return n
}
