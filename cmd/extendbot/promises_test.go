package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

const promisesFile = "../../docs/promises.md"

// packageDirs says where the packages are that docs/promises.md names.
var packageDirs = map[string]string{
	"order": "../../order", "auth": "../../auth", "bot": "../../bot", "ledger": "../../ledger",
	"oxhost": "../../oxhost", "extendbot": ".", "chaos": "../../test/chaos",
}

func TestEveryTestThatThePromisesNameExists(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(promisesFile)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for name, dir := range packageDirs {
		for _, test := range testsIn(t, dir) {
			there[name+"."+test] = true
		}
	}
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

// testsIn lists the tests and fuzz targets in a folder.
func testsIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s (error %v)", dir, err)
	}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	var tests []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, found[1])
		}
	}
	return tests
}
