package slackweb

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var cssColor = regexp.MustCompile(`--([a-z0-9-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`)

// What the page writes is readable, in light and in dark: WCAG asks for a contrast of 4.5 for
// text, and of 3 for the edges of controls and the ring around what has the focus.
func TestCSS_Contrast(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	colors := map[string][2]string{}
	for _, m := range cssColor.FindAllStringSubmatch(string(css), -1) {
		colors[m[1]] = [2]string{m[2], m[3]}
	}
	check := func(on string, least float64, names ...string) {
		for _, name := range names {
			for i, scheme := range []string{"light", "dark"} {
				front, back := colors[name][i], colors[on][i]
				if front == "" || back == "" {
					t.Fatalf("no color %s or %s", name, on)
				}
				if c := contrast(t, front, back); c < least {
					t.Errorf("%s: %s on %s has a contrast of %.2f", scheme, name, on, c)
				}
			}
		}
	}
	const text, edge = 4.5, 3
	for _, on := range []string{"page", "raised", "hover", "private"} {
		check(on, text, "text", "strong", "muted", "link", "error")
		check(on, edge, "focus", "edge")
	}
	check("code-page", text, "code", "text")
	check("mention-page", text, "mention", "text", "strong")
	check("me-page", text, "me", "text", "strong", "muted", "link")
	check("page", text, "focus") // the button below which there are new messages
	check("badge", text, "badge-text")
	check("side", text, "side-text", "side-strong")
	check("side-hover", text, "side-text", "side-strong")
	check("side-here", text, "side-strong")
	check("side-count", text, "side-count-text")
	for name := range colors {
		if strings.HasPrefix(name, "avatar-") || strings.HasPrefix(name, "primary") || strings.HasPrefix(name, "danger") {
			check(name, text, "on-color")
		}
	}
}

// A name or a link with letters that turn the direction of writing, such as U+202E, does not
// turn the text around it.
func TestCSS_Isolated(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(css), "\n.mention, .text a, .text code, .text time { unicode-bidi: isolate; }") {
		t.Error("the pieces of a text are not isolated")
	}
}

// contrast returns the contrast ratio of two colors.
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

func luminance(t *testing.T, color string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(color[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

var inline = regexp.MustCompile(`<style|<script>|\s(style|on[a-z]+)="`)

// No template has what the content security policy forbids.
func TestTemplates_NothingInline(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("templates/*.html")
	if err != nil || len(paths) == 0 {
		t.Fatal("no templates: ", err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bad := inline.FindString(string(content)); bad != "" {
			t.Errorf("%s has %q", path, bad)
		}
	}
}
