package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// root finds the one document of the text.
func (d *document) root(text []byte) *yaml.Node {
	var docs []yaml.Node
	if err := yaml.Load(text, &docs, yaml.WithAllDocuments()); err != nil {
		d.broken(err)
		return nil
	}
	switch {
	case len(docs) == 0 || len(docs[0].Content) == 0:
		d.wrong(0, "the file is empty")
		return nil
	case len(docs) > 1:
		d.wrong(docs[1].Line, "a second document begins here; one is all there may be")
		return nil
	default:
		return docs[0].Content[0]
	}
}

// broken notes that the text is no YAML. What the library says of its grammar
// quotes nothing; the rest is said in own words.
func (d *document) broken(err error) {
	what, line := "the file is not valid YAML", 0
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		line = e.Mark.Line
		if e.Stage == yaml.ScannerStage || e.Stage == yaml.ParserStage {
			what += ": " + e.Message
		}
	}
	d.wrong(line, what)
}

// fields reads a mapping whose keys are fixed: those that are required and
// those that may be there.
func (d *document) fields(n *yaml.Node, what string, required []string, optional ...string) map[string]*yaml.Node {
	known := slices.Concat(required, optional)
	found := map[string]*yaml.Node{}
	for _, e := range d.entries(n, what) {
		if !slices.Contains(known, e.key) {
			d.wrong(e.line, fmt.Sprintf("unknown field; %s has: %s", what, strings.Join(known, ", ")))
			continue
		}
		found[e.key] = e.value
	}
	for _, name := range required {
		if n.Kind == yaml.MappingNode && found[name] == nil {
			d.wrong(n.Line, fmt.Sprintf("%s has no field %s", what, name))
		}
	}
	return found
}

// entry is a key with its value.
type entry struct {
	key   string
	line  int
	value *yaml.Node
}

// entries reads a mapping, each key once.
func (d *document) entries(n *yaml.Node, what string) []entry {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		d.wrong(n.Line, what+" must be a mapping with at least one entry")
		return nil
	}
	var all []entry
	seen := firsts{}
	for pair := range slices.Chunk(n.Content, 2) {
		key := pair[0]
		if twice := seen.again(key.Value, key.Line, "the same key as line %d"); twice != "" {
			d.wrong(key.Line, twice)
			continue
		}
		all = append(all, entry{key: d.word(key), line: key.Line, value: pair[1]})
	}
	return all
}

// word reads a single word, as it is written: an id of digits stays what it
// is. Anything else is the empty word, which no shape allows.
func (d *document) word(n *yaml.Node) string {
	if n.Kind == yaml.AliasNode {
		d.wrong(n.Line, "anchors and aliases are not understood here")
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// wrong notes a mistake, if it is one.
func (d *document) wrong(line int, what string) {
	if what != "" {
		d.mistakes = append(d.mistakes, &Mistake{File: d.file, Line: line, What: what})
	}
}
