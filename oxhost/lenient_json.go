package oxhost

import (
	"bytes"
	"encoding/json"
)

// 0xhost's answers are written by PHP, which may encode the same value as an
// object or as an array. The types in this file decode what is usable and never
// fail on the rest.

// strictBool is a boolean that must be written as true or false. 1 and "true"
// are invalid, and so are two different values for the same key.
type strictBool struct{ seen, value, invalid bool }

// UnmarshalJSON implements [json.Unmarshaler].
func (f *strictBool) UnmarshalJSON(b []byte) error {
	value := string(b) == "true"
	f.invalid = f.invalid || !value && string(b) != "false" || f.seen && f.value != value
	f.seen, f.value = true, value
	return nil
}

// get returns the value, and reports whether it is valid.
func (f strictBool) get() (value, ok bool) { return f.value, f.seen && !f.invalid }

// optionalObject is an object, or an array with exactly one object. Anything else,
// such as null or an empty array, leaves the zero value.
type optionalObject[T any] struct{ value T }

// UnmarshalJSON implements [json.Unmarshaler].
func (o *optionalObject[T]) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '{':
		return json.Unmarshal(b, &o.value)
	case '[':
		var list objectList[T]
		if err := list.UnmarshalJSON(b); err != nil {
			return err
		}
		if len(list.items) == 1 && list.others == 0 {
			o.value = list.items[0]
		}
	}
	return nil
}

// objectList is an array of objects, or null for an empty one.
type objectList[T any] struct {
	items   []T
	others  int  // how many elements are not objects
	present bool // false if the value is missing, or neither an array nor null
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *objectList[T]) UnmarshalJSON(b []byte) error {
	*l = objectList[T]{}
	switch b[0] {
	case 'n':
		l.present = true
	case '[':
		l.present = true
		var elements []json.RawMessage
		if err := json.Unmarshal(b, &elements); err != nil {
			return err
		}
		for _, element := range elements {
			if !bytes.HasPrefix(element, []byte("{")) {
				l.others++
				continue
			}
			var item T
			if err := json.Unmarshal(element, &item); err != nil {
				return err
			}
			l.items = append(l.items, item)
		}
	}
	return nil
}
