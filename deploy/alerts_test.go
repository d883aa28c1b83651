package deploy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"

	"github.com/prometheus/client_golang/prometheus"
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

// metricLabels returns the labels of each metric of a running service.
func metricLabels(t *testing.T) map[string][]string {
	t.Helper()
	described := make(chan *prometheus.Desc)
	registry := servicetest.Start(t).Service.Metrics()
	go func() {
		defer close(described)
		registry.Describe(described)
	}()
	form := regexp.MustCompile(`fqName: "(extendbot_\w+)".*variableLabels: \{([^}]*)\}`)
	labels := map[string][]string{}
	for desc := range described {
		if found := form.FindStringSubmatch(desc.String()); found != nil {
			labels[found[1]] = strings.Split(found[2], ",")
		}
	}
	if len(labels) < 10 {
		t.Fatalf("only %d metrics can be read", len(labels))
	}
	return labels
}

// series matches a metric with its label matchers in an expression or a text.
var series = regexp.MustCompile(`\b(extendbot_\w+?)(?:_bucket|_count|_sum)?\b(?:\{([^}]*)\})?`)

// Every alert uses metrics and labels that the program has.
func TestAlerts_UseExistingMetrics(t *testing.T) {
	t.Parallel()
	there := metricLabels(t)
	matcher, by := regexp.MustCompile(`(\w+)(?:=|!=|=~|!~)"`), regexp.MustCompile(`\bby \(([^)]*)\)`)
	for _, group := range readDeployed[alertFile](t, "alerts.yaml").Groups {
		for _, rule := range group.Rules {
			known := []string{"instance", "le"}
			used := series.FindAllStringSubmatch(rule.Expr, -1)
			if len(used) == 0 {
				t.Errorf("%s uses no metric", rule.Alert)
			}
			for _, use := range used {
				labels, ok := there[use[1]]
				if !ok {
					t.Errorf("%s: there is no metric %s", rule.Alert, use[1])
				}
				known = append(known, labels...)
				for _, m := range matcher.FindAllStringSubmatch(use[2], -1) {
					if !slices.Contains(labels, m[1]) {
						t.Errorf("%s: %s has no label %s", rule.Alert, use[1], m[1])
					}
				}
			}
			for _, list := range by.FindAllStringSubmatch(rule.Expr, -1) {
				for label := range strings.SplitSeq(list[1], ", ") {
					if !slices.Contains(known, label) {
						t.Errorf("%s: nothing has the label %s", rule.Alert, label)
					}
				}
			}
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
	there := metricLabels(t)
	explained := map[string]bool{}
	for _, use := range series.FindAllStringSubmatch(string(text), -1) {
		explained[use[1]] = true
		if _, ok := there[use[1]]; !ok {
			t.Errorf("there is no metric %s", use[1])
		}
	}
	for name := range there {
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
