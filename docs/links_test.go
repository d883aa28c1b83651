package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are the texts for people, from the root of the project.
var documents = []string{
	"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "deploy/README.md",
	"docs/decisions.md", "docs/operations.md", "docs/policy.md", "docs/promises.md", "docs/scaling.md", "docs/settings.md", "docs/releases.md",
}

var (
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	fenced  = regexp.MustCompile("(?s)(?:^|\n)```.*?\n```")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Every file, picture, and heading to which a document links exists.
func TestDocuments_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, document := range documents {
		for _, link := range linked.FindAllStringSubmatch(read(t, document), -1) {
			seen++
			target := link[1] + link[2]
			if strings.Contains(target, "://") {
				continue
			}
			name, anchor, _ := strings.Cut(target, "#")
			file := document
			if name != "" {
				file = filepath.Join(filepath.Dir(document), name)
			}
			if _, err := os.Stat(filepath.Join("..", file)); err != nil {
				t.Errorf("%s links to %s: %v", document, target, err)
				continue
			}
			if anchor != "" && !anchors(read(t, file))[anchor] {
				t.Errorf("%s links to %s, but there is no such heading", document, target)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d links were found: is their form still known?", seen)
	}
}

// The README shows pictures, and every picture has a text for those who do not see it.
func TestDocuments_PicturesHaveTexts(t *testing.T) {
	t.Parallel()
	if shown := strings.Count(read(t, "README.md"), "<img "); shown < 3 {
		t.Errorf("README.md shows %d pictures", shown)
	}
	for _, document := range documents {
		for _, picture := range regexp.MustCompile(`<img [^>]*>|!\[\]`).FindAllString(read(t, document), -1) {
			if !regexp.MustCompile(`alt="[^"]{20}`).MatchString(picture) {
				t.Errorf("%s shows a picture without a text: %s", document, picture)
			}
		}
	}
}

// The README names the version of Go that go.mod demands.
func TestReadme_GoVersion(t *testing.T) {
	t.Parallel()
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	if len(version) != 2 || !strings.Contains(read(t, "README.md"), "Go "+version[1]+" or newer") {
		t.Errorf("README.md does not name %q", version)
	}
}

// Every target of make that the README names is in the Makefile.
func TestReadme_MakeTargetsExist(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(named) < 2 {
		t.Errorf("only %d targets are named", len(named))
	}
	makefile := read(t, "Makefile")
	for _, target := range named {
		if !strings.Contains(makefile, "\n"+target[1]+":") {
			t.Errorf("there is no target %s", target[1])
		}
	}
}

// anchors returns the anchors of the headings of a text, as a Markdown viewer makes them.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, title := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		plain := dropped.ReplaceAllString(strings.ToLower(title[1]), "")
		all[strings.ReplaceAll(plain, " ", "-")] = true
	}
	return all
}

// read returns a file of the project.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
