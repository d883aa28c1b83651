package demo

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the README tells people to press and choose on the page is there. The buttons of the
// bot's messages are not: they come with the messages.
func TestWeb_HasWhatTheReadmeNames(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(readme), "| do this on the page |")
	table, _, ends := strings.Cut(rest, "\n\n")
	named := regexp.MustCompile(`\*+([^*\n]+)\*+`).FindAllStringSubmatch(table, -1)
	if !begins || !ends || len(named) < 7 {
		t.Fatalf("what to do on the page is not in the README: %q", named)
	}
	page := getPage(t, openWeb(t, WebConfig{}).URL())
	for _, label := range named {
		ofMessage := strings.HasPrefix(label[1], "Confirm ") || strings.HasPrefix(label[1], "Approve ")
		if !ofMessage && !strings.Contains(page, label[1]) {
			t.Errorf("the page has no %q", label[1])
		}
	}
}

// getPage returns the HTML at an address.
func getPage(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", answer.StatusCode, body, err)
	}
	return string(body)
}
