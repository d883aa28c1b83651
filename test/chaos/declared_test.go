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

// anything stands in the name of a point for what is known only at run time.
const anything = "*"

// declared finds the crash points in the source: the names, as patterns.
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
		parts[i] = anything
		if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING {
			parts[i], _ = strconv.Unquote(text.Value)
		}
	}
	return strings.Join(parts, ".")
}

// expected lists patterns that have to be reached: those of the source, and of
// the ledger's each state of an order.
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
		"auth.test", "apps.connections.open", "chat.postMessage", "chat.update", "chat.postEphemeral", "views.publish", "response_url",
	} {
		names = append(names, "slack."+method+".before", "slack."+method+".after")
	}
	return append(names, "oxhost.POST.before", "oxhost.POST.sent", "oxhost.POST.answered")
}

// matches says whether a point's name is one that the pattern stands for.
func matches(pattern, name string) bool {
	before, after, some := strings.Cut(pattern, anything)
	return pattern == name || some && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}
