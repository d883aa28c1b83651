package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// workflow has exactly the fields that the workflows use, so a misspelled one is an error.
type workflow struct {
	Name        string            `yaml:"name"`
	On          map[string]any    `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Concurrency map[string]any    `yaml:"concurrency"`
	Jobs        map[string]job    `yaml:"jobs"`
}

type job struct {
	Needs       string            `yaml:"needs"`
	RunsOn      string            `yaml:"runs-on"`
	Timeout     int               `yaml:"timeout-minutes"`
	Permissions map[string]string `yaml:"permissions"`
	Strategy    map[string]any    `yaml:"strategy"`
	Steps       []step            `yaml:"steps"`
}

type step struct {
	ID   string            `yaml:"id"`
	Name string            `yaml:"name"`
	If   string            `yaml:"if"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	With map[string]string `yaml:"with"`
	Env  map[string]string `yaml:"env"`
}

// workflows returns all workflows, and their text, by their file name.
func workflows(t *testing.T) (parsed map[string]workflow, texts map[string]string) {
	t.Helper()
	files, err := filepath.Glob("../../.github/workflows/*")
	if err != nil || len(files) < 3 {
		t.Fatalf("only these workflows: %v, %v", files, err)
	}
	parsed, texts = map[string]workflow{}, map[string]string{}
	for _, file := range files {
		var w workflow
		texts[filepath.Base(file)] = read(t, file, &w)
		parsed[filepath.Base(file)] = w
	}
	return parsed, texts
}

// read parses a YAML file strictly and returns its text.
func read(t *testing.T, file string, into any) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Load(text, into, yaml.WithKnownFields(), yaml.WithUniqueKeys())
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return string(text)
}

// Nobody can change what a workflow runs: actions are named by their commit, with the version
// beside it for people, and images by their digest.
func TestWorkflows_EverythingPinned(t *testing.T) {
	t.Parallel()
	action := regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}$`)
	version := regexp.MustCompile(`(?m)^ *-? *uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	image := regexp.MustCompile(`image=\S+`)
	digest := regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)
	parsed, texts := workflows(t)
	for file, w := range parsed {
		uses := 0
		for _, j := range w.Jobs {
			for _, s := range j.Steps {
				if s.Uses != "" {
					uses++
				}
				if s.Uses != "" && !action.MatchString(s.Uses) {
					t.Errorf("%s: %q is not pinned to a commit", file, s.Uses)
				}
			}
		}
		if n := len(version.FindAllString(texts[file], -1)); n != uses {
			t.Errorf("%s: %d of %d actions name their version", file, n, uses)
		}
		for _, name := range image.FindAllString(texts[file], -1) {
			if !digest.MatchString(name) {
				t.Errorf("%s: %q is not pinned to a digest", file, name)
			}
		}
	}
}

// Each workflow has few permissions by default, and none leaves its token on the disk or runs
// forever.
func TestWorkflows_FewPermissions(t *testing.T) {
	t.Parallel()
	parsed, texts := workflows(t)
	for file, w := range parsed {
		if !strings.Contains(texts[file], "\npermissions:") {
			t.Errorf("%s has the default permissions", file)
		}
		for scope, access := range w.Permissions {
			if access != "read" {
				t.Errorf("%s: every job may %s %s", file, access, scope)
			}
		}
		for name, j := range w.Jobs {
			if j.Timeout == 0 {
				t.Errorf("%s: %s has no timeout", file, name)
			}
			for _, s := range j.Steps {
				if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
					t.Errorf("%s: the checkout of %s keeps its token", file, name)
				}
			}
		}
	}
}

// No expression is pasted into a script: its value could contain commands.
func TestWorkflows_NoExpressionInScripts(t *testing.T) {
	t.Parallel()
	parsed, _ := workflows(t)
	for file, w := range parsed {
		for name, j := range w.Jobs {
			for _, s := range j.Steps {
				if strings.Contains(s.Run, "${{") {
					t.Errorf("%s: %s runs %q", file, name, s.Run)
				}
			}
		}
	}
}

// Updates of modules, actions, and images are suggested.
func TestDependabot_CoversEverything(t *testing.T) {
	t.Parallel()
	var config struct {
		Version int `yaml:"version"`
		Updates []struct {
			Ecosystem string `yaml:"package-ecosystem"`
			Directory string `yaml:"directory"`
			Schedule  struct {
				Interval string `yaml:"interval"`
			} `yaml:"schedule"`
			Groups map[string]struct {
				Patterns []string `yaml:"patterns"`
			} `yaml:"groups"`
		} `yaml:"updates"`
	}
	read(t, "../../.github/dependabot.yml", &config)
	missing := map[string]string{
		"gomod": "go.mod", "github-actions": ".github/workflows", "docker": "Dockerfile", "docker-compose": "compose.yaml",
	}
	for _, u := range config.Updates {
		if _, err := os.Stat(filepath.Join("..", "..", u.Directory, missing[u.Ecosystem])); err != nil {
			t.Errorf("%s: %v", u.Ecosystem, err)
		}
		delete(missing, u.Ecosystem)
	}
	for ecosystem := range missing {
		t.Errorf("no updates of %s", ecosystem)
	}
}
