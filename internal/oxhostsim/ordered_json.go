package oxhostsim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// object is a JSON object whose fields keep their order, so that answers look
// like the example on the API page.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// with returns o with the field at a path such as "server_status.id" set.
func (o object) with(path string, value any) object {
	name, rest, nested := strings.Cut(path, ".")
	i := slices.IndexFunc(o, func(m member) bool { return m.name == name })
	if nested {
		var inner object
		if i >= 0 {
			inner, _ = o[i].value.(object)
		}
		value = inner.with(rest, value)
	}
	o = slices.Clone(o)
	if i < 0 {
		return append(o, member{name, value})
	}
	o[i].value = value
	return o
}

// without returns o without the field at a path.
func (o object) without(path string) object {
	name, rest, nested := strings.Cut(path, ".")
	i := slices.IndexFunc(o, func(m member) bool { return m.name == name })
	if i < 0 {
		return o
	}
	o = slices.Clone(o)
	if inner, ok := o[i].value.(object); nested && ok {
		o[i].value = inner.without(rest)
		return o
	}
	return slices.Delete(o, i, i+1)
}
