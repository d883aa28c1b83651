package oxhost_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/oxhost"
)

// However a client is printed, its API key is not shown.
func TestClient_PrintsWithoutKey(t *testing.T) {
	client := newClient(t, oxhost.DefaultURL, secret.New("the-api-key"))
	if got := fmt.Sprintf("%v|%+v|%#v|%s", client, client, client, client); strings.Contains(got, "the-api-key") {
		t.Error(got)
	}
}

// A base URL or key that cannot work is refused, and the error does not quote
// it.
func TestNew_RefusesInvalidURLOrKey(t *testing.T) {
	for name, test := range map[string]struct {
		baseURL string
		key     string
	}{
		"no URL":       {"", "key"},
		"relative":     {"/API/", "key"},
		"ftp":          {"ftp://0xhost.net/API/", "key"},
		"no host":      {"https:///API/", "key"},
		"user":         {"https://u:hunter22222@0xhost.net/API/", "key"},
		"query":        {"https://0xhost.net/API/?key=hunter22222", "key"},
		"fragment":     {"https://0xhost.net/API/#x", "key"},
		"control":      {"https://hunter22222@0xhost.net/\x7f", "key"},
		"no key":       {oxhost.DefaultURL, ""},
		"line in key":  {oxhost.DefaultURL, "hunter22222\n"},
		"space in key": {oxhost.DefaultURL, "hunter 22222"},
	} {
		if _, err := oxhost.New(test.baseURL, secret.New(test.key)); err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The base URL may end with a slash or not.
func TestNew_FinalSlashIsOptional(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	client := newClient(t, strings.TrimSuffix(sim.URL(), "/"), secret.New(sim.APIKey()))
	if _, err := client.ExtendServer(t.Context(), day); err != nil {
		t.Error(err)
	}
}

// A read call follows no redirect, because that would send the key to another
// host.
func TestAccount_FollowsNoRedirect(t *testing.T) {
	sim, elsewhere := startSim(t, oxhostsim.Config{}), startSim(t, oxhostsim.Config{})
	for _, fault := range []struct {
		on   *oxhostsim.Server
		kind oxhostsim.Fault
	}{
		{sim, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 307, Header: http.Header{"Location": {elsewhere.URL() + "info_user"}}}},
		{elsewhere, oxhostsim.Fault{}},
	} {
		fault.on.Fail(oxhostsim.InfoUser, fault.kind, 1)
	}
	if _, err := simClient(t, sim).Account(t.Context(), alice); err == nil {
		t.Error("followed")
	}
	if sim.Unspent() != 0 || elsewhere.Unspent() != 1 {
		t.Error("the key was sent to another host")
	}
}
