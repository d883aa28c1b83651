package testpg

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// install makes a folder of programs, each of which prints the folder, as
// pg_config does.
func install(t *testing.T, dir string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho "+dir+"\n"), 0o700); err != nil { //nolint:gosec // programs are run
			t.Fatal(err)
		}
	}
}

func TestBinariesAreFoundInTheirOrder(t *testing.T) {
	all, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(all, name) }
	install(t, at("config/bin"), "pg_config", "initdb", "postgres")
	install(t, at("client/bin"), "pg_config") // a machine that only builds clients
	install(t, at("path/bin"), "initdb", "postgres")
	install(t, at("usual/9/bin"), "initdb", "postgres")
	install(t, at("usual/16/bin"), "initdb", "postgres")
	install(t, at("usual/17/bin"), "postgres")
	usual := []string{at("usual/*/bin")}
	for name, c := range map[string]struct {
		config, path string
		places       []string
		want         string
	}{
		"the one of PG_CONFIG comes first":         {at("config/bin/pg_config"), at("path/bin"), usual, at("config/bin")},
		"then the one of pg_config in PATH":        {"", at("config/bin"), usual, at("config/bin")},
		"a pg_config without a server is no help":  {at("client/bin/pg_config"), at("path/bin"), usual, at("path/bin")},
		"then one in PATH":                         {"", at("path/bin"), usual, at("path/bin")},
		"then the newest that is whole":            {"", at("client/bin"), usual, at("usual/16/bin")},
		"a PG_CONFIG that is not there is no help": {at("nowhere/pg_config"), "", usual, at("usual/16/bin")},
		"nothing anywhere":                         {"", "", []string{at("nowhere/*")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PG_CONFIG", c.config)
			t.Setenv("PATH", c.path)
			got, err := binaries(t.Context(), c.places)
			if got != c.want || (c.want == "") != errors.Is(err, errNoBinaries) {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}
