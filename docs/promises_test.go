// Package docs_test checks the documents against the program.
package docs_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Every test named in docs/promises.md, as package.TestName, exists, and so does
// every named case of a test, as package.TestName/Case.
func TestPromises_NamedTestsExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("promises.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, cases := testsBelow(t, "..")
	named := regexp.MustCompile(`\b[a-z0-9]+\.(?:Test|Fuzz)\w+(?:/\w+)?`).FindAllString(string(text), -1)
	if len(named) < 50 {
		t.Errorf("only %d tests are named: is their form still package.TestName?", len(named))
	}
	for _, name := range named {
		test, inner, hasCase := strings.Cut(name, "/")
		if !tests[test] || hasCase && !cases[inner] {
			t.Errorf("%s does not exist", name)
		}
	}
}

// testsBelow returns the tests and fuzz targets of all packages below root, each
// prefixed with its folder's name, and the names of the cases of tests. Cases
// may be listed in a package that tests several implementations.
func testsBelow(t *testing.T, root string) (tests, cases map[string]bool) {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	listed := regexp.MustCompile(`(?m)^\s*(?:\{|t\.Run\()"(\w+)",`)
	tests, cases = map[string]bool{}, map[string]bool{}
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		dir := path.Base(path.Dir(name))
		isTest := strings.HasSuffix(name, "_test.go")
		if err != nil || entry.IsDir() || !isTest && (!strings.HasSuffix(dir, "test") || path.Ext(name) != ".go") {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if isTest {
			for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
				tests[dir+"."+found[1]] = true
			}
		}
		for _, found := range listed.FindAllStringSubmatch(string(text), -1) {
			cases[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests, cases
}
