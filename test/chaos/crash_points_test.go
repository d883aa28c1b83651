//go:build chaos

package chaos

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"extendbot/order"
)

// wildcard replaces the parts of a point's name that are known only at run time.
const wildcard = "*"

// declared returns the names of the crash points in the source, as patterns.
func declared(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isPoint(call) {
				names = append(names, pattern(call.Args))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isPoint(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Point" {
		return false
	}
	of, ok := f.X.(*ast.Ident)
	return ok && of.Name == "crash" && len(call.Args) == 3
}

func pattern(args []ast.Expr) string {
	parts := make([]string, len(args))
	for i, arg := range args {
		parts[i] = wildcard
		if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING {
			parts[i], _ = strconv.Unquote(text.Value)
		}
	}
	return strings.Join(parts, ".")
}

// expected returns the patterns that have to be reached: those in the source,
// with the known values of their wildcards.
func expected(t *testing.T) []string {
	t.Helper()
	names := declared(t)
	for _, s := range order.States() {
		names = append(names, "ledger."+string(s)+".before_commit", "ledger."+string(s)+".after_commit")
	}
	for _, kind := range []string{"slash_commands", "interactive", "events_api"} {
		names = append(names, "ack."+kind+".before", "ack."+kind+".after")
	}
	for _, method := range []string{
		"auth.test", "apps.connections.open", "chat.postMessage", "chat.update", "chat.postEphemeral", "views.publish", "views.open", "response_url",
	} {
		names = append(names, "slack."+method+".before", "slack."+method+".after")
	}
	return append(names, "oxhost.POST.before", "oxhost.POST.sent", "oxhost.POST.answered")
}

// matches reports whether a pattern matches the name of a point.
func matches(pattern, name string) bool {
	before, after, some := strings.Cut(pattern, wildcard)
	return pattern == name || some && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}
