package auth

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// root returns the root node of the only document in text, or nil after
// reporting why there is none.
func (y *policyYAML) root(text []byte) *yaml.Node {
	var docs []yaml.Node
	if err := yaml.Load(text, &docs, yaml.WithAllDocuments()); err != nil {
		y.reportInvalid(text, err)
		return nil
	}
	switch {
	case len(docs) == 0 || len(docs[0].Content) == 0:
		y.report(0, "the file is empty")
		return nil
	case len(docs) > 1:
		y.report(docs[1].Line, "a second YAML document begins here; the file must have only one")
		return nil
	default:
		y.reportAliases(docs[0].Content[0])
		return docs[0].Content[0]
	}
}

// reportAliases reports every alias, whatever stands for it. Nothing follows them.
func (y *policyYAML) reportAliases(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		y.report(n.Line, "anchors and aliases are not supported")
	}
	for _, part := range n.Content {
		y.reportAliases(part)
	}
}

// reportInvalid reports that the text is not YAML. It passes on the library's
// messages about the grammar, which quote nothing of the text. Other messages
// might quote it, so they are dropped.
func (y *policyYAML) reportInvalid(text []byte, err error) {
	what, line := "the file is not valid YAML", 0
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		line = e.Mark.Line
		switch e.Stage { //nolint:exhaustive // as above
		case yaml.ScannerStage, yaml.ParserStage:
			what += ": " + e.Message
		case yaml.ReaderStage: // which counts bytes, not lines
			what += ": it has a character that is not UTF-8, or a control character"
			line = 1 + bytes.Count(text[:min(e.Mark.Index, len(text))], []byte("\n"))
		}
	}
	y.report(line, what)
}

// fields parses a mapping with fixed keys. It reports unknown keys, and required
// keys that are missing.
func (y *policyYAML) fields(n *yaml.Node, what string, required []string, optional ...string) map[string]*yaml.Node {
	known := slices.Concat(required, optional)
	found := map[string]*yaml.Node{}
	for _, e := range y.entries(n, what) {
		if !slices.Contains(known, e.key) {
			y.report(e.line, fmt.Sprintf("unknown field; %s has: %s", what, strings.Join(known, ", ")))
			continue
		}
		found[e.key] = e.value
	}
	for _, name := range required {
		if n.Kind == yaml.MappingNode && found[name] == nil {
			y.report(n.Line, fmt.Sprintf("%s has no field %s", what, name))
		}
	}
	return found
}

// yamlEntry is one key of a mapping with its value.
type yamlEntry struct {
	key   string
	line  int
	node  *yaml.Node // the key
	value *yaml.Node
}

// entries parses a mapping and reports duplicate keys.
func (y *policyYAML) entries(n *yaml.Node, what string) []yamlEntry {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		y.report(n.Line, what+" must be a mapping with at least one entry")
		return nil
	}
	var all []yamlEntry
	seen := firstSeen{}
	for pair := range slices.Chunk(n.Content, 2) {
		key := pair[0]
		if duplicate := seen.duplicate(key.Value, key.Line, "the same key as line %d"); duplicate != "" {
			y.report(key.Line, duplicate)
			continue
		}
		all = append(all, yamlEntry{key: y.scalar(key), line: key.Line, node: key, value: pair[1]})
	}
	return all
}

// scalar returns a scalar as it is written, so that an id of digits such as 007
// keeps its zeros. For anything else it returns "", which no check accepts.
func (y *policyYAML) scalar(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// hostID parses an id at 0xhost, and reports what is wrong with it.
// YAML without quotation marks can mean a number or a date, which another program that
// writes the file could spell differently: 007 as 7, or 9e12 as 9e+12.
func (y *policyYAML) hostID(n *yaml.Node, check func(string) string) string {
	id := y.scalar(n)
	y.report(n.Line, cmp.Or(check(id), quoteID(n)))
	return id
}

// quoteID returns what is wrong with an id that YAML reads as something else than text.
func quoteID(n *yaml.Node) string {
	kind, ok := map[string]string{"!!int": "a number", "!!float": "a number", "!!timestamp": "a date", "!!bool": "true or false"}[n.ShortTag()]
	return messageUnless(!ok, "the id is "+kind+" in YAML; put it in quotation marks")
}

// report adds a mistake, unless what is "".
func (y *policyYAML) report(line int, what string) {
	if what != "" {
		y.mistakes = append(y.mistakes, &Mistake{File: y.file, Line: line, What: what})
	}
}
