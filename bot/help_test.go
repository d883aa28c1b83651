package bot

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/order"
)

var codeSpan = regexp.MustCompile("`([^`]*)`")

// What the help shows as an example works: it is within the limit, and for a
// server that the person may extend. Without servers it says that any server may
// be extended, and shows no example that would need a name.
func TestHelp_ExamplesWork(t *testing.T) {
	t.Parallel()
	for _, limit := range []order.Hours{1, 12, 24, 36, 48, 72, 100, 168, 720} {
		for _, servers := range [][]order.Server{nil, {{Name: "db-1", ID: "S2"}, {Name: "web-2", ID: "S3"}}, {{ID: "4f3c9a"}}} {
			text := html.UnescapeString(message.Usage(servers, limit).Text)
			if unlimited := strings.Contains(text, "any server"); unlimited != (len(servers) == 0) || strings.Contains(text, "no server") {
				t.Errorf("%d servers: %s", len(servers), text)
			}
			for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
				example, isCommand := strings.CutPrefix(span[1], "/extend ")
				switch {
				case strings.Contains(example, "<"): // the form of the command
					continue
				case !isCommand && len(servers) > 0 && strings.Contains(text, "servers: ") && !isHours(example):
					continue // the name of a server
				case !isCommand:
					example = "x " + example
				}
				c, err := command.Parse(example, command.Options{Limit: limit})
				if err != nil || isCommand && (len(servers) == 0 || c.Server != servers[0].Label()) {
					t.Errorf("limit %s, %d servers: %q does not work: %v", limit, len(servers), span[1], err)
				}
			}
		}
	}
}

// isHours reports whether a word is a rental time.
func isHours(word string) bool {
	_, err := command.Parse("x "+word, command.Options{Limit: 10_000})
	return err == nil
}
