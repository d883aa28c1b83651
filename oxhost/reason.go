package oxhost

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// reasonFields are the fields of an answer that say why 0xhost refused. The
// first one leads; the others are its details. No other field is read, because
// it may contain anything.
var reasonFields = []string{"message", "msg", "error", "title", "reason", "detail", "details", "errors"}

// reason returns why 0xhost refused, for people, or "" if the answer does not
// say. The reasons of Laravel and of similar frameworks are included, such as
// {"errors":{"hours":["must be at most 100"]}}. The text is masked as a whole.
func (d decoder) reason(body []byte) string {
	values := json.NewDecoder(bytes.NewReader(body))
	values.UseNumber() // a number is shown as it was written
	var answer any
	if err := values.Decode(&answer); err != nil {
		return ""
	}
	parts := reasonParts(answer)
	if len(parts) == 0 {
		return ""
	}
	text := parts[0]
	if len(parts) > 1 {
		text = strings.TrimSuffix(strings.TrimSpace(text), ".") + " (" + strings.Join(parts[1:], "; ") + ")"
	}
	return d.cleanMessage(text)
}

// reasonParts returns the texts of an answer's reasonFields, at the top level
// and in data, each text once. An answer that is a text, or a list of texts, is
// a reason itself.
func reasonParts(answer any) []string {
	seen := map[string]bool{}
	object, ok := answer.(map[string]any)
	if !ok {
		return appendText(nil, flatten(answer, seen))
	}
	var parts []string
	for _, at := range []any{object, object["data"]} {
		object, _ := at.(map[string]any)
		for _, name := range reasonFields {
			parts = appendText(parts, flatten(field(object, name), seen))
		}
	}
	return parts
}

// field returns a field of an object. As in encoding/json, its case does not
// matter.
func field(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// flatten returns the texts and numbers of a value, with the names of its
// fields. It leaves out the texts that were seen before.
func flatten(value any, seen map[string]bool) string {
	var parts []string
	switch value := value.(type) {
	case string:
		if text := strings.TrimSpace(value); !seen[text] {
			seen[text] = true
			return text
		}
	case json.Number:
		return value.String()
	case []any:
		for _, element := range value {
			parts = appendText(parts, flatten(element, seen))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		for name, element := range value {
			if text := flatten(element, seen); text != "" {
				parts = append(parts, name+": "+text)
			}
		}
		slices.Sort(parts)
		return strings.Join(parts, "; ")
	}
	return ""
}

func appendText(parts []string, text string) []string {
	if text == "" {
		return parts
	}
	return append(parts, text)
}
