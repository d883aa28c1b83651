package release

import (
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// generated is the folder that scripts/release-files fills.
const generated = "bin/release/"

// The image is built from images that are pinned to a digest, with a Go that go.mod accepts.
func TestImage_BasesPinned(t *testing.T) {
	t.Parallel()
	text := file(t, "Dockerfile")
	froms := regexp.MustCompile(`(?m)^FROM .*$`).FindAllString(text, -1)
	pinned := regexp.MustCompile(`^FROM (--platform=\$BUILDPLATFORM )?\S+:\S+@sha256:[0-9a-f]{64}( AS build)?$`)
	for _, from := range froms {
		if !pinned.MatchString(from) {
			t.Errorf("%q is not pinned to a digest", from)
		}
	}
	if len(froms) != 2 || strings.Contains(text, "syntax=") {
		t.Errorf("the image is built from %d images, or with a frontend that is not pinned", len(froms))
	}
	builds := regexp.MustCompile(`golang:([\d.]+)@`).FindStringSubmatch(text)
	needs := regexp.MustCompile(`(?m)^go ([\d.]+)$`).FindStringSubmatch(file(t, "go.mod"))
	if builds == nil || needs == nil || version.Compare("go"+builds[1], "go"+needs[1]) < 0 {
		t.Errorf("the image has Go %v, but go.mod needs %v", builds, needs)
	}
}

// Every file that archives and packages contain exists or is generated. The file with settings
// is kept at an upgrade.
func TestRelease_FilesExist(t *testing.T) {
	t.Parallel()
	type content struct {
		Src  string `yaml:"src"`
		Dst  string `yaml:"dst"`
		Type string `yaml:"type"`
	}
	var config struct {
		Archives []struct {
			Files []content `yaml:"files"`
		} `yaml:"archives"`
		Packages []struct {
			Contents []content         `yaml:"contents"`
			Scripts  map[string]string `yaml:"scripts"`
		} `yaml:"nfpms"`
	}
	if err := yaml.Load([]byte(file(t, ".goreleaser.yaml")), &config); err != nil {
		t.Fatal(err)
	}
	var all []content
	for _, a := range config.Archives {
		all = append(all, a.Files...)
	}
	kept := false
	for _, p := range config.Packages {
		all = append(all, p.Contents...)
		for _, script := range p.Scripts {
			all = append(all, content{Src: script})
		}
		for _, c := range p.Contents {
			kept = kept || c.Dst == "/etc/extendbot/extendbot.env" && c.Type == "config|noreplace"
		}
	}
	for _, c := range all {
		if c.Type == "dir" || strings.HasPrefix(c.Src, generated) {
			continue
		}
		if found, err := filepath.Glob("../../" + c.Src); err != nil || len(found) == 0 {
			t.Errorf("there is no %s", c.Src)
		}
	}
	if len(all) < 20 || !kept {
		t.Errorf("%d files; settings are kept: %t", len(all), kept)
	}
}

// The notices contain every license once, and say where the source of what is under the
// Mozilla Public License is: River's, in the version that is linked.
func TestNotices_WhereRiversSourceIs(t *testing.T) {
	t.Parallel()
	out, err := thirdParty()
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	river := regexp.MustCompile(`\n\tgithub\.com/riverqueue/river (\S+)\n`).FindStringSubmatch(file(t, "go.mod"))
	if river == nil {
		t.Fatal("no River in go.mod")
	}
	for _, want := range []string{
		"\n  github.com/riverqueue/river " + river[1] + "\n",
		"\ngithub.com/riverqueue/river " + river[1] + "\nSource: https://github.com/riverqueue/river, or: go mod download github.com/riverqueue/river@" + river[1] + "\n",
		"\nThe standard library of Go, go1.",
		"\ngithub.com/slack-go/slack v",
	} {
		if n := strings.Count(text, want); n != 1 {
			t.Errorf("%d times %q", n, want)
		}
	}
	if strings.Contains(text, "\n  modernc.org/sqlite ") {
		t.Error("SQLite is said to be under the Mozilla Public License, because its tests use something that is")
	}
	if mozilla := strings.Count(text, "Mozilla Public License Version 2.0"); mozilla < 6 {
		t.Errorf("%d texts of River's license", mozilla)
	}
}

// file returns a file of the project.
func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
