package deploy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
)

// dashboard is a dashboard of Grafana: exactly the fields that ours uses.
type dashboard struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	Tags          []string `json:"tags"`
	SchemaVersion int      `json:"schemaVersion"`
	Version       int      `json:"version"`
	Editable      bool     `json:"editable"`
	GraphTooltip  int      `json:"graphTooltip"`
	Refresh       string   `json:"refresh"`
	Timezone      string   `json:"timezone"`
	Time          any      `json:"time"`
	Annotations   any      `json:"annotations"`
	Links         []any    `json:"links"`
	Templating    struct {
		List []struct {
			Name       string            `json:"name"`
			Label      string            `json:"label"`
			Type       string            `json:"type"`
			Datasource grafanaDatasource `json:"datasource"`
			Definition string            `json:"definition"`
			Query      any               `json:"query"`
			Refresh    int               `json:"refresh"`
			Sort       int               `json:"sort"`
			Multi      bool              `json:"multi"`
			IncludeAll bool              `json:"includeAll"`
			Current    any               `json:"current"`
		} `json:"list"`
	} `json:"templating"`
	Panels []grafanaPanel `json:"panels"`
}

type grafanaPanel struct {
	ID          int               `json:"id"`
	Type        string            `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Datasource  grafanaDatasource `json:"datasource"`
	GridPos     gridPos           `json:"gridPos"`
	FieldConfig struct {
		Defaults  map[string]any `json:"defaults"`
		Overrides []any          `json:"overrides"`
	} `json:"fieldConfig"`
	Options   any    `json:"options"`
	Interval  string `json:"interval"`
	Collapsed bool   `json:"collapsed"`
	Panels    []any  `json:"panels"`
	Targets   []struct {
		RefID        string            `json:"refId"`
		Datasource   grafanaDatasource `json:"datasource"`
		Expr         string            `json:"expr"`
		LegendFormat string            `json:"legendFormat"`
		Instant      bool              `json:"instant"`
		Range        bool              `json:"range"`
	} `json:"targets"`
}

type gridPos struct{ X, Y, W, H int }

func (g gridPos) overlaps(o gridPos) bool {
	return g.X < o.X+o.W && o.X < g.X+g.W && g.Y < o.Y+o.H && o.Y < g.Y+g.H
}

// grafanaDatasource is the Prometheus that is chosen at the top of the dashboard.
type grafanaDatasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

var chosenPrometheus = grafanaDatasource{Type: "prometheus", UID: "${datasource}"}

func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile(deployDir + "/grafana/extendbot.json")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// Every query of the dashboard uses metrics, labels, and values that the program has, of
// the chosen job. A legend uses labels that the result has.
func TestGrafana_UsesExistingMetrics(t *testing.T) {
	t.Parallel()
	there, board := readMetrics(t), readDashboard(t)
	matchers := regexp.MustCompile(`\b(?:extendbot|process|go)_\w+(\{job=~"\$job")?`)
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			labels := there.wantQuery(t, panel.Title, target.Expr)
			for _, use := range matchers.FindAllStringSubmatch(target.Expr, -1) {
				if use[1] == "" {
					t.Errorf("%s: %s also has other jobs", panel.Title, use[0])
				}
			}
			for _, label := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				if !slices.Contains(labels, label[1]) {
					t.Errorf("%s: nothing has the label %s", panel.Title, label[1])
				}
			}
			if target.Datasource != chosenPrometheus || target.Instant == target.Range {
				t.Errorf("%s: %+v", panel.Title, target)
			}
		}
	}
}

// The dashboard has a row for each subject, each panel says what it shows and in which
// unit, and none covers another one.
func TestGrafana_Panels(t *testing.T) {
	t.Parallel()
	var rows []string
	panels := readDashboard(t).Panels
	for i, p := range panels {
		if p.GridPos.X < 0 || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W < 1 || p.GridPos.H < 1 {
			t.Errorf("%s is at %+v", p.Title, p.GridPos)
		}
		for _, other := range panels[:i] {
			if p.ID == other.ID || p.Title == other.Title && p.Type == other.Type || p.GridPos.overlaps(other.GridPos) {
				t.Errorf("%s and %s have the same id, title, or place", p.Title, other.Title)
			}
		}
		if p.Type == "row" {
			rows = append(rows, p.Title)
			continue
		}
		if unit, _ := p.FieldConfig.Defaults["unit"].(string); unit == "" || p.Title == "" || p.Description == "" || len(p.Targets) == 0 || p.Datasource != chosenPrometheus {
			t.Errorf("%s is not complete", p.Title)
		}
	}
	for _, row := range []string{"Orders", "Money", "Unknown outcomes", "Latency", "Slack's limits", "Leases and reminders"} {
		if !slices.Contains(rows, row) {
			t.Errorf("nothing about %s", row)
		}
	}
}
