package release

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/licensecheck"
)

// accepted are the licenses that what is linked into the program may have. The program can be
// distributed under its own license together with them.
var accepted = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "GooglePatentsFile"}

// readByAPerson are the texts that are not mostly one of the known licenses, and what a person found in them.
var readByAPerson = map[string]string{
	"modernc.org/libc LICENSE-3RD-PARTY.md":   "about musl and others: MIT and BSD",
	"modernc.org/memory LICENSE-LOGO":         "about a picture that is not linked",
	"modernc.org/sqlite LICENSE-3RD-PARTY.md": "about SQLite and what libc contains: public domain, MIT, and BSD; other licenses only of what is not linked",
	"modernc.org/sqlite LICENSE-SQLITE":       "about SQLite: public domain",
}

// thirdParty returns the licenses and notices of everything that is linked.
var thirdParty = sync.OnceValues(func() ([]byte, error) {
	return exec.CommandContext(context.Background(), "../../scripts/third-party-notices").Output()
})

// Everything that is linked into the program is under a license that is accepted.
func TestLicenses_Accepted(t *testing.T) {
	t.Parallel()
	all, err := thirdParty()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Split(string(all), strings.Repeat("=", 80)+"\n")[1:]
	for _, section := range modules {
		module, _, _ := strings.Cut(section, " ")
		for _, text := range strings.Split(section, "\n-- ")[1:] {
			name, text, _ := strings.Cut(text, "\n")
			found := licensecheck.Scan([]byte(text))
			for _, match := range found.Match {
				if !slices.Contains(accepted, match.ID) {
					t.Errorf("%s of %s has the license %s, which is not accepted", name, module, match.ID)
				}
			}
			if found.Percent < 90 && name != "NOTICE" && readByAPerson[module+" "+name] == "" {
				t.Errorf("%s of %s is only %.0f%% one of the known licenses: read it, and add it to the list", name, module, found.Percent)
			}
		}
	}
	if len(modules) < 30 {
		t.Errorf("licenses of %d modules", len(modules))
	}
}
