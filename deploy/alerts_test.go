package deploy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const operationsFile = "../docs/operations.md"

// alertFile is a file of rules for Prometheus.
type alertFile struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []struct {
			Alert       string            `yaml:"alert"`
			Expr        string            `yaml:"expr"`
			For         string            `yaml:"for"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

// series matches a metric with its label matchers in a text.
var series = regexp.MustCompile(`\b(extendbot_\w+?)(?:_bucket|_count|_sum)?\b(?:\{([^}]*)\})?`)

// Every alert uses metrics and labels that the program has.
func TestAlerts_UseExistingMetrics(t *testing.T) {
	t.Parallel()
	there := readMetrics(t)
	for _, group := range readDeployed[alertFile](t, "alerts.yaml").Groups {
		for _, rule := range group.Rules {
			there.wantQuery(t, rule.Alert, rule.Expr)
			if severity := rule.Labels["severity"]; severity != "page" && severity != "ticket" || rule.Annotations["summary"] == "" {
				t.Errorf("%s: severity %q, summary %q", rule.Alert, severity, rule.Annotations["summary"])
			}
			if rule.For != "" && duration(t, rule.For) == 0 {
				t.Errorf("%s waits for %q", rule.Alert, rule.For)
			}
		}
	}
}

// docs/operations.md explains every metric and every alert.
func TestOperations_ExplainMetrics(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(operationsFile)
	if err != nil {
		t.Fatal(err)
	}
	there := readMetrics(t)
	explained := map[string]bool{}
	for _, use := range series.FindAllStringSubmatch(string(text), -1) {
		explained[use[1]] = true
		if _, ok := there.labels[use[1]]; !ok {
			t.Errorf("there is no metric %s", use[1])
		}
	}
	for _, name := range there.own() {
		if !explained[name] {
			t.Errorf("%s is not explained", name)
		}
	}
	alerts := map[string]bool{}
	for _, group := range readDeployed[alertFile](t, "alerts.yaml").Groups {
		for _, rule := range group.Rules {
			alerts[rule.Alert] = true
			if !strings.Contains(string(text), "\n| `"+rule.Alert+"` | ") {
				t.Errorf("%s is not explained", rule.Alert)
			}
		}
	}
	for _, name := range regexp.MustCompile(`\bExtendbot[A-Z]\w+`).FindAllString(string(text), -1) {
		if !alerts[name] {
			t.Errorf("there is no alert %s", name)
		}
	}
}
