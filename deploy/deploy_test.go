package deploy_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"extendbot/internal/service"
	"extendbot/internal/settings"
)

const (
	deployDir = "."
	imageFile = "../Dockerfile"
	unitFile  = deployDir + "/extendbot.service"
)

// deployed returns the model of each file under deploy/. The models have exactly
// the fields that the files use, so a misspelled field is an error.
func deployed() map[string]any {
	return map[string]any{
		"alerts.yaml":                           &alertFile{},
		"compose.yaml":                          &composeFile{},
		"compose.metrics.yaml":                  &composeFile{},
		"kubernetes/deployment.yaml":            &kubeDeployment{},
		"kubernetes/disruption.yaml":            &kubeDisruption{},
		"kubernetes/kustomization.yaml":         &kustomization{},
		"kubernetes/metrics/kustomization.yaml": &kustomization{},
		"kubernetes/metrics/network.yaml":       &kubeNetwork{},
		"kubernetes/namespace.yaml":             &kubeHead{},
		"kubernetes/network.yaml":               &kubeNetwork{},
		"kubernetes/policy.yaml":                &map[string]any{},
	}
}

// readDeployed reads one file under deploy/.
func readDeployed[T any](t *testing.T, name string) T {
	t.Helper()
	var v T
	text, err := os.ReadFile(filepath.Join(deployDir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Load(text, &v, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// Every file under deploy/ has only keys that are in the models.
func TestDeploy_EveryFileParses(t *testing.T) {
	t.Parallel()
	known, files := deployed(), os.DirFS(deployDir)
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || ext != ".yaml" && ext != ".yml" {
			return err
		}
		into, ok := known[name]
		if !ok {
			t.Errorf("%s is not checked", name)
			return nil
		}
		delete(known, name)
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := yaml.Load(text, into, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("%s is missing", name)
	}
}

// imageEnvironment returns the environment that the image sets.
func imageEnvironment(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(imageFile)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^ENV (\S+)=(\S+)$`).FindAllStringSubmatch(string(text), -1) {
		env[line[1]] = line[2]
	}
	if n := strings.Count(string(text), "\nENV "); n != len(env) {
		t.Fatalf("the image sets %d variables, but %d were parsed", n, len(env))
	}
	return env
}

// policyCopy returns the path of a copy of the example of a policy that belongs to
// the user of the test.
func policyCopy(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(deployDir + "/kubernetes/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantValid parses the settings from a deployment, and fails the test if they
// are invalid or a secret does not come from a file.
func wantValid(t *testing.T, given map[string]string, policy string) settings.Settings {
	t.Helper()
	rows := map[string]settings.Setting{}
	for _, row := range settings.List() {
		rows[row.Name] = row
	}
	env := imageEnvironment(t)
	maps.Copy(env, given)
	for name, value := range env {
		base, file := strings.CutSuffix(name, settings.FileSuffix)
		row, ok := rows[base]
		switch {
		case name == "POLICY_FILE":
			env[name] = policy
		case rows[name].Secret && !strings.HasPrefix(value, "sqlite:"):
			t.Errorf("%s is a secret and must come from a file", name)
		case file && ok && row.Secret:
			env[name] = secretPath(t, secretOf(row))
		case rows[name].Name == "":
			t.Errorf("%s is not a setting", name)
		default:
			env[name] = value
		}
	}
	s, err := settings.Parse(env)
	if err != nil {
		t.Fatalf("the settings are not valid: %v", err)
	}
	return s
}

// defaultOf returns the default of a setting.
func defaultOf(t *testing.T, name string) string {
	t.Helper()
	for _, s := range settings.List() {
		if s.Name == name {
			return s.Default
		}
	}
	t.Fatalf("there is no setting %s", name)
	return ""
}

// secretPath writes a file with a secret and returns its path.
func secretPath(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, 0o440)); err != nil {
		t.Fatal(err)
	}
	return path
}

// secretOf returns an invented value for a secret.
func secretOf(row settings.Setting) string {
	if row.Name == "DATABASE_URL" {
		return "postgres://extendbot:made-up@postgres/extendbot?sslmode=disable"
	}
	return row.Token + "made-up"
}

// wantFewConnections fails the test if replicas could have more connections than
// Slack allows, even during an upgrade: the old ones may still be stopping when
// all the new ones are running.
func wantFewConnections(t *testing.T, s settings.Settings, replicas int) {
	t.Helper()
	const slackAllows = 10
	if n := 2 * replicas * s.SlackConnections; replicas < 2 || n > slackAllows {
		t.Errorf("%d replicas with %d connections each have up to %d during an upgrade, but Slack allows %d",
			replicas, s.SlackConnections, n, slackAllows)
	}
}

// wantTimeToStop fails the test if the program may be killed while it stops.
func wantTimeToStop(t *testing.T, what string, grace time.Duration) {
	t.Helper()
	if stops := service.StopTimeout + time.Second; grace < stops+2*time.Second {
		t.Errorf("%s kills the program after %s, but it takes up to %s to stop", what, grace, stops)
	}
}

// The settings from systemd are valid, and the program has enough time to stop.
func TestSystemd_SettingsAndStop(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"ALLOWLIST": dotEnv["ALLOWLIST"]} // from EnvironmentFile
	for _, line := range regexp.MustCompile(`(?m)^Environment=(\w+)=(.*)$`).FindAllStringSubmatch(string(text), -1) {
		env[line[1]] = line[2]
	}
	if len(env) < 5 {
		t.Fatalf("only %d variables can be read", len(env))
	}
	wantValid(t, env, "")
	grace := regexp.MustCompile(`(?m)^TimeoutStopSec=(.*)$`).FindSubmatch(text)
	if grace == nil {
		t.Fatal("no TimeoutStopSec")
	}
	wantTimeToStop(t, "systemd", duration(t, string(grace[1])))
}

// The image keeps its database in its volume.
func TestImage_DatabaseInVolume(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(imageFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(imageEnvironment(t)) > 0 {
		t.Error("the image sets variables: DATABASE_URL_FILE and DATABASE_URL exclude each other, and this may also apply to others")
	}
	database := defaultOf(t, "DATABASE_URL")
	if strings.Contains(database, "/") || !strings.Contains(string(text), "\nWORKDIR /data\n") || !strings.Contains(string(text), "\nVOLUME /data\n") {
		t.Errorf("%s is not in the volume", database)
	}
}

// The docker run of deploy/README.md allows the container no more than compose does, and
// enough time to stop.
func TestDocker_Run(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(deployDir + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^docker run (?:.*\\\n)+.*$`).FindString(string(text))
	command := strings.Join(strings.Fields(strings.ReplaceAll(found, "\\\n", " ")), " ")
	for _, option := range []string{"--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", "--ulimit core=0", "-p 127.0.0.1:8080" + defaultOf(t, "HTTP_ADDR")} {
		if !strings.Contains(command, " "+option+" ") {
			t.Errorf("without %s: %s", option, command)
		}
	}
	env := map[string]string{"ALLOWLIST": dotEnv["ALLOWLIST"]} // from --env-file
	for _, variable := range regexp.MustCompile(` -e (\w+)=(\S+)`).FindAllStringSubmatch(command, -1) {
		env[variable[1]] = variable[2]
	}
	wantValid(t, env, "")
	grace := regexp.MustCompile(`--stop-timeout (\d+)`).FindStringSubmatch(command)
	if grace == nil {
		t.Fatal("no --stop-timeout")
	}
	wantTimeToStop(t, "docker run", duration(t, grace[1]+"s"))
}

// Git ignores the secrets of a deployment.
func TestDeploy_SecretsIgnored(t *testing.T) {
	t.Parallel()
	for file, line := range map[string]string{"secrets/.gitignore": "*", ".gitignore": "/.env"} {
		text, err := os.ReadFile(filepath.Join(deployDir, file))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(strings.Split(string(text), "\n"), line) {
			t.Errorf("deploy/%s does not ignore %s", file, line)
		}
	}
}
