package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// The refusal of an unknown server names up to three servers that the person
// probably meant.
func TestGrant_SuggestsServers(t *testing.T) {
	p := envPolicy(t, "U0ALICE:a", "web-1:S1,web-2:S2,web-3:S3,web-4:S4,db-1:S5,Prod-Frontend-1:S6,a:S7")
	tests := []struct {
		name, word string
		want       []string
	}{
		{"a hyphen is missing", "web1", []string{"web-1", "web-2", "web-3"}},
		{"two letters changed places", "wbe-4", []string{"web-4"}},
		{"the beginning of a name, in another case", "PROD", []string{"Prod-Frontend-1"}},
		{"at most three", "web", []string{"web-1", "web-2", "web-3"}},
		{"the nearest first", "web-33", []string{"web-3", "web-1", "web-2"}},
		{"the nearest before the first of a few", "db", []string{"db-1"}},
		{"nothing is near", "mailserver", nil},
		{"nothing was said", "", nil},
		{"far too much was said", strings.Repeat("web-1", 2000), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.Grant(t.Context(), person("U0ALICE"), tt.word)
			e, ok := errors.AsType[*order.Error](err)
			if !ok || e.Code != order.CodeUnknownServer {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(tt.want, e.Near); diff != "" {
				t.Error(diff)
			}
		})
	}
}
