package deploy_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/settings"
)

// composeFile is compose.yaml or an override of it.
type composeFile struct {
	Name     string                    `yaml:"name"`
	Bot      composeService            `yaml:"x-extendbot"`
	Services map[string]composeService `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Volumes map[string]struct{} `yaml:"volumes"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

type composeService struct {
	Image      string `yaml:"image"`
	PullPolicy string `yaml:"pull_policy"`
	User       string `yaml:"user"`
	Restart    string `yaml:"restart"`
	StopGrace  string `yaml:"stop_grace_period"`
	DependsOn  map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Environment map[string]string `yaml:"environment"`
	Secrets     []string          `yaml:"secrets"`
	Networks    []string          `yaml:"networks"`
	Volumes     []string          `yaml:"volumes"`
	Ports       []string          `yaml:"ports"`
	Healthcheck struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		Retries     int      `yaml:"retries"`
		StartPeriod string   `yaml:"start_period"`
	} `yaml:"healthcheck"`
	ReadOnly    bool           `yaml:"read_only"`
	Tmpfs       []string       `yaml:"tmpfs"`
	CapDrop     []string       `yaml:"cap_drop"`
	SecurityOpt []string       `yaml:"security_opt"`
	Ulimits     map[string]int `yaml:"ulimits"`
	MemLimit    string         `yaml:"mem_limit"`
	Logging     struct {
		Driver  string            `yaml:"driver"`
		Options map[string]string `yaml:"options"`
	} `yaml:"logging"`
}

// bots lists the services that run this program.
func (c composeFile) bots() map[string]composeService {
	bots := maps.Clone(c.Services)
	delete(bots, "postgres")
	return bots
}

// dotEnv is the content of deploy/.env in these tests.
var dotEnv = map[string]string{"ALLOWLIST": "U0ALICE:account-of-alice"}

// interpolated replaces the variables that compose reads from deploy/.env.
func interpolated(value string) string {
	return regexp.MustCompile(`\$\{(\w+)(?::([-?])([^}]*))?\}`).ReplaceAllStringFunc(value, func(found string) string {
		name, rest, _ := strings.Cut(strings.Trim(found, "${}"), ":")
		standard, optional := strings.CutPrefix(rest, "-")
		if value, ok := dotEnv[name]; ok || !optional {
			return value
		}
		return standard
	})
}

// The settings from compose are valid.
func TestCompose_Settings(t *testing.T) {
	t.Parallel()
	file := readDeployed[composeFile](t, "compose.yaml")
	bots := file.bots()
	for name, bot := range bots {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{}
			for name, value := range bot.Environment {
				env[name] = interpolated(value)
			}
			wantFewConnections(t, wantValid(t, env, ""), len(bots))
		})
	}
}

// Every secret in compose comes from a file.
func TestCompose_SecretsAreFiles(t *testing.T) {
	t.Parallel()
	file := readDeployed[composeFile](t, "compose.yaml")
	used := map[string]bool{}
	for name, service := range file.Services {
		for variable, value := range service.Environment {
			secret, ok := strings.CutPrefix(value, "/run/secrets/")
			if ok != strings.HasSuffix(variable, settings.FileSuffix) || ok && !slices.Contains(service.Secrets, secret) {
				t.Errorf("%s: %s is not one of its secrets", name, variable)
			}
		}
		for _, secret := range service.Secrets {
			used[secret] = true
			if got, want := file.Secrets[secret].File, "./secrets/"+secret; got != want {
				t.Errorf("%s: the secret %s is in %q, want %s", name, secret, got, want)
			}
		}
	}
	if len(used) != len(file.Secrets) {
		t.Errorf("%d of %d secrets are used", len(used), len(file.Secrets))
	}
}

// Compose runs every service without privileges.
func TestCompose_NoPrivileges(t *testing.T) {
	t.Parallel()
	file := readDeployed[composeFile](t, "compose.yaml")
	for name, s := range file.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) {
			t.Errorf("%s has more privileges than it needs", name)
		}
		if s.Restart != "unless-stopped" {
			t.Errorf("%s restarts %q", name, s.Restart)
		}
		if len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
	}
	for name, bot := range file.bots() {
		if bot.User != "" || bot.PullPolicy != "never" || bot.Ulimits["core"] != 0 || !slices.Equal(bot.Tmpfs, []string{"/data"}) {
			t.Errorf("%s: got %+v", name, bot)
		}
		if bot.DependsOn["postgres"].Condition != "service_healthy" {
			t.Errorf("%s does not wait for the database", name)
		}
	}
	if file.Services["postgres"].User != "postgres" {
		t.Error("PostgreSQL runs as root")
	}
}

// The image of PostgreSQL cannot change without a change of the file.
func TestCompose_PostgresPinned(t *testing.T) {
	t.Parallel()
	image := readDeployed[composeFile](t, "compose.yaml").Services["postgres"].Image
	if !regexp.MustCompile(`^postgres:\d+\.\d+@sha256:[0-9a-f]{64}$`).MatchString(image) {
		t.Errorf("%s has no version or no digest", image)
	}
}

// No compose service can be reached from outside.
func TestCompose_NoOpenPorts(t *testing.T) {
	t.Parallel()
	file := readDeployed[composeFile](t, "compose.yaml")
	for name, s := range file.Services {
		if len(s.Ports) > 0 {
			t.Errorf("%s publishes %v", name, s.Ports)
		}
	}
	if got := file.Services["postgres"].Networks; !slices.Equal(got, []string{"database"}) || !file.Networks["database"].Internal {
		t.Errorf("PostgreSQL is in %v", got)
	}
	for name, s := range readDeployed[composeFile](t, "compose.metrics.yaml").Services {
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") || !strings.HasSuffix(port, defaultOf(t, "HTTP_ADDR")) {
				t.Errorf("%s publishes %s beyond this machine", name, port)
			}
		}
		if _, ok := file.bots()[name]; !ok {
			t.Errorf("%s is not a service in compose.yaml", name)
		}
	}
}

// The stop time in compose is long enough for the program.
func TestCompose_StopGrace(t *testing.T) {
	t.Parallel()
	for name, bot := range readDeployed[composeFile](t, "compose.yaml").bots() {
		wantTimeToStop(t, name, duration(t, bot.StopGrace))
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
