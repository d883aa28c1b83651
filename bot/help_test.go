package bot

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/order"
)

var codeSpan = regexp.MustCompile("`([^`]*)`")

// What the help shows as an example works, with the command's real name: it is
// within the limit, and for a server that the person may extend. Without servers
// it says that any server may be extended, and shows where its id belongs.
func TestHelp_ExamplesWork(t *testing.T) {
	t.Parallel()
	for _, limit := range []order.Hours{1, 12, 24, 36, 48, 72, 100, 168, 720} {
		for _, servers := range [][]order.Server{nil, {{Name: "db-1", ID: "S2"}, {Name: "web-2", ID: "S3"}}, {{ID: "4f3c9a"}}, {{Name: "list", ID: "S4"}}} {
			text := html.UnescapeString(message.Usage(servers, limit, "/rent").Text)
			if unlimited := strings.Contains(text, "any server"); unlimited != (len(servers) == 0) || strings.Contains(text, "no server") {
				t.Errorf("%d servers: %s", len(servers), text)
			}
			verbs := map[command.Verb]bool{}
			for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
				example, isCommand := strings.CutPrefix(span[1], "/rent ")
				if !isCommand && isServer(example, servers) {
					continue
				}
				if !isCommand {
					example = "x1 " + example
				}
				c, err := command.Parse(strings.Replace(example, "<server id>", "x1", 1), command.Options{Name: "/rent", Limit: limit, Known: known(servers)})
				if err != nil || c.Hours > limit || c.Verb == command.Extend && isCommand && len(servers) > 0 && c.Server != servers[0].Label() {
					t.Errorf("limit %s, %d servers: %q does not work: %v", limit, len(servers), span[1], err)
				}
				verbs[c.Verb] = true
			}
			if len(verbs) != 6 {
				t.Errorf("the help shows %d verbs: %s", len(verbs), text)
			}
		}
	}
}

// What is suggested after a mistake works, also with the person's own servers.
func TestMistake_SuggestionsWork(t *testing.T) {
	t.Parallel()
	for _, servers := range [][]order.Server{nil, {{Name: "db-1", ID: "S2"}, {Name: "web-1", ID: "S3"}}, {{Name: "list"}}, {{Name: "48"}}} {
		for _, text := range []string{"24", "3 days", "until friday 18:00", "web-1", "foo", "web-1 1.5d", "web-1 30m", "web-1 24 db-1", "list all", "web-1 until", strings.Repeat("x", 3_000)} {
			o := command.Options{Limit: 720, Known: known(servers)}
			_, err := command.Parse(text, o)
			if err == nil {
				t.Errorf("%q is understood", text)
				continue
			}
			answer := html.UnescapeString(message.Refusal(err, message.RefusalView{Servers: servers}).Text)
			tries := 0
			for _, span := range codeSpan.FindAllStringSubmatch(answer, -1) {
				if example, isCommand := strings.CutPrefix(span[1], "/extend "); isCommand {
					tries++
					c, err := command.Parse(example, o)
					if err != nil || c.Verb == command.Extend && len(servers) > 0 && !isServer(c.Server, servers) {
						t.Errorf("%d servers, %.40q: %q does not work: %v", len(servers), text, example, err)
					}
				}
			}
			if tries == 0 {
				t.Errorf("%.40q is answered %q", text, answer)
			}
		}
	}
}

// known returns what the handlers know of a person's servers.
func known(servers []order.Server) func(string) bool {
	if len(servers) == 0 {
		return nil
	}
	return func(server string) bool { return isServer(server, servers) }
}

func isServer(name string, servers []order.Server) bool {
	return slices.ContainsFunc(servers, func(s order.Server) bool { return name != "" && (s.Name == name || s.ID == name) })
}
