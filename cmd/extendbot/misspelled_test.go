package main

import (
	"strings"
	"testing"
)

// A misspelled command or flag is answered with the one that was probably meant, or with
// where they are listed, and leads to exit code 2.
func TestCommand_Misspelled(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"ordrs list":           `unknown command or argument "ordrs"; did you mean extendbot orders?; see extendbot --help`,
		"Serve":                `unknown command or argument "Serve"; did you mean extendbot serve?; see extendbot --help`,
		"settle":               `unknown command or argument "settle"; did you mean extendbot orders settle?; see extendbot --help`,
		"orders lst":           `unknown command or argument "lst"; did you mean extendbot orders list?; see extendbot orders --help`,
		"policy chekc":         `unknown command or argument "chekc"; did you mean extendbot policy check?; see extendbot policy --help`,
		"nonsense":             `unknown command or argument "nonsense"; see extendbot --help`,
		"demo-bt":              `unknown command or argument "demo-bt"; see extendbot --help`, // a hidden one
		"leases --jsn":         "unknown flag: --jsn; did you mean --json?; see extendbot leases --help",
		"--verson":             "unknown flag: --verson; did you mean --version?; see extendbot --help",
		"help ordrs":           `unknown command or argument "ordrs"; did you mean extendbot orders?; see extendbot --help`,
		"help orders lst":      `unknown command or argument "lst"; did you mean extendbot orders list?; see extendbot orders --help`,
		"check --nonsense":     "unknown flag: --nonsense; see extendbot check --help",
		"orders list -j":       "unknown shorthand flag: 'j' in -j; see extendbot orders list --help",
		"demo --web --scriptt": "unknown flag: --scriptt; did you mean --script?; see extendbot demo --help",
	} {
		if code, out := command(t, strings.Fields(typed)...); code != exitUsage || strings.TrimSpace(out) != "extendbot: "+want {
			t.Errorf("%s: %d %s", typed, code, out)
		}
	}
}

// --version prints what version prints.
func TestVersion_Flag(t *testing.T) {
	t.Parallel()
	code, flag := command(t, "--version")
	_, out := command(t, "version")
	if code != exitOK || flag != out || !strings.HasPrefix(flag, "extendbot dev with go") {
		t.Errorf("%d %q, and %q", code, flag, out)
	}
}

// "help" with a command prints the same as the command with --help.
func TestHelp_OfACommand(t *testing.T) {
	t.Parallel()
	for _, of := range []string{"", "orders", "orders list"} {
		code, out := command(t, strings.Fields("help "+of)...)
		if _, want := command(t, append(strings.Fields(of), "--help")...); code != exitOK || out != want {
			t.Errorf("help %s: %d %s\nwant %s", of, code, out, want)
		}
	}
}
