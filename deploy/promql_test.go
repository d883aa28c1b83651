package deploy_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/prometheus/client_golang/prometheus"

	"extendbot/internal/service/servicetest"
)

// programMetrics are the metrics of a running service: the labels of each one, and the
// values of those of which there are series.
type programMetrics struct {
	labels map[string][]string
	values map[string]map[string][]string // by metric and label
}

// readMetrics starts a service and reads its metrics.
func readMetrics(t *testing.T) programMetrics {
	t.Helper()
	described := make(chan *prometheus.Desc)
	registry := servicetest.Start(t).Service.Metrics()
	go func() {
		defer close(described)
		registry.Describe(described)
	}()
	form := regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([^}]*)\}`)
	there := programMetrics{labels: map[string][]string{}, values: map[string]map[string][]string{}}
	for desc := range described {
		if found := form.FindStringSubmatch(desc.String()); found != nil {
			there.labels[found[1]] = strings.FieldsFunc(found[2], func(r rune) bool { return r == ',' })
		}
	}
	if len(there.own()) < 10 {
		t.Fatalf("only %d metrics can be read", len(there.own()))
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		values := map[string][]string{}
		for _, series := range family.GetMetric() {
			for _, label := range series.GetLabel() {
				values[label.GetName()] = append(values[label.GetName()], label.GetValue())
			}
		}
		there.values[family.GetName()] = values
	}
	return there
}

// own lists the metrics of the program itself, in order.
func (p programMetrics) own() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(p.labels)) {
		if strings.HasPrefix(name, "extendbot_") {
			names = append(names, name)
		}
	}
	return names
}

// metric returns the metric that has a series of this name.
func (p programMetrics) metric(series string) string {
	if _, ok := p.labels[series]; ok {
		return series
	}
	return regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(series, "")
}

// scraped are the labels that Prometheus adds, and that of a histogram's buckets.
var scraped = []string{"instance", "job", "le"}

// grafanaVariables are the variables of Grafana that stand for a duration.
var grafanaVariables = strings.NewReplacer("$__rate_interval", "5m", "$__interval", "5m", "$__range", "1h")

// wantQuery fails the test unless an expression parses, has only metrics and labels that
// the program has, and compares them only with values that they can have. It returns the
// labels that the result can have.
func (p programMetrics) wantQuery(t *testing.T, where, text string) (labels []string) {
	t.Helper()
	parsed, err := metricsql.Parse(grafanaVariables.Replace(text))
	if err != nil {
		t.Errorf("%s: %v: %s", where, err, text)
		return nil
	}
	labels, metrics := slices.Clone(scraped), 0
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		switch e := e.(type) {
		case *metricsql.MetricExpr:
			labels, metrics = append(labels, p.wantSeries(t, where, e)...), metrics+1
		case *metricsql.FuncExpr:
			if e.Name != "rate" && e.Name != "increase" {
				return
			}
			if window, ok := e.Args[0].(*metricsql.RollupExpr); !ok || window.Window == nil {
				t.Errorf("%s: %s needs a range", where, e.Name)
			}
		}
	})
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		if e, ok := e.(*metricsql.AggrFuncExpr); ok {
			for _, label := range e.Modifier.Args {
				if !slices.Contains(labels, label) {
					t.Errorf("%s: nothing has the label %s", where, label)
				}
			}
			if e.Name == "sum" && strings.Contains(text, "extendbot_orders_unknown") {
				t.Errorf("%s adds up what is the same on every replica", where)
			}
		}
	})
	if metrics == 0 {
		t.Errorf("%s uses no metric", where)
	}
	return labels
}

// wantSeries fails the test unless the program has the series, and returns the labels of
// their metric.
func (p programMetrics) wantSeries(t *testing.T, where string, e *metricsql.MetricExpr) []string {
	t.Helper()
	var labels []string
	for _, filters := range e.LabelFilterss {
		if len(filters) == 0 || filters[0].Label != "__name__" {
			t.Errorf("%s: series without a metric: %s", where, e.AppendString(nil))
			continue
		}
		metric := p.metric(filters[0].Value)
		own, ok := p.labels[metric]
		if !ok {
			t.Errorf("%s: there is no metric %s", where, filters[0].Value)
		}
		labels = append(labels, own...)
		for _, f := range filters[1:] {
			if !slices.Contains(own, f.Label) && !slices.Contains(scraped, f.Label) {
				t.Errorf("%s: %s has no label %s", where, metric, f.Label)
			}
			for value := range strings.SplitSeq(f.Value, "|") {
				if values := p.values[metric][f.Label]; len(values) > 0 && !appearsLater(metric) && !slices.Contains(values, value) {
					t.Errorf("%s: %s never has %s=%q", where, metric, f.Label, value)
				}
			}
		}
	}
	return labels
}

// appearsLater reports whether the series of a metric appear only when they are needed, so that
// those of a new service say nothing about the values of its labels.
func appearsLater(metric string) bool {
	return slices.Contains([]string{"extendbot_slack_call_seconds", "extendbot_envelope_answer_seconds", "extendbot_look_ups_total", "extendbot_queued"}, metric)
}
