// Package docs_test holds the documents to the program.
package docs_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/promises.md names, as package.TestName, exists.
func TestPromises_NamedTestsExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("promises.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testsBelow(t, "..")
	named := regexp.MustCompile(`\b[a-z0-9]+\.(Test|Fuzz)\w+`).FindAllString(string(text), -1)
	if len(named) < 50 {
		t.Errorf("only %d tests are named: is their form still package.TestName?", len(named))
	}
	for _, test := range named {
		if !there[test] {
			t.Errorf("%s does not exist", test)
		}
	}
}

// testsBelow returns the tests and fuzz targets of all packages below root, each
// with the name of its folder in front.
func testsBelow(t *testing.T, root string) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	tests := map[string]bool{}
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
			tests[path.Base(path.Dir(name))+"."+found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
