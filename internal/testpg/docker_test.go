package testpg

import (
	"slices"
	"strings"
	"testing"
)

func TestTheContainerListensOnThisMachineAloneAndShowsNoPassword(t *testing.T) {
	t.Parallel()
	args := runArguments("some-name")
	line := strings.Join(args, " ")
	for _, want := range []string{
		"--rm", "--name some-name", "--publish 127.0.0.1::5432",
		"--env POSTGRES_PASSWORD " + image + " -c ", // the value is taken from the environment
		"-c max_connections=200",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is not in: docker %s", want, line)
		}
	}
	if slices.Index(args, image) > slices.Index(args, "-c") {
		t.Errorf("the server's settings are taken for docker's: docker %s", line)
	}
}

func TestTheAddressOfAContainerIsRead(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{
		"127.0.0.1:49153\n":               "127.0.0.1:49153",
		"[::1]:49154\n127.0.0.1:49153\n":  "127.0.0.1:49153",
		"0.0.0.0:49153\n":                 "",
		"":                                "",
		"Error: No public port '5432'.\n": "",
		"127.0.0.1:\n":                    "",
	} {
		got, err := publishedAddress(out)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("of %q: got %q (%v), want %q", out, got, err, want)
		}
	}
}
