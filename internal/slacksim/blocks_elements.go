package slacksim

import (
	"crypto/rand"
	"strings"
)

// element checks an interactive element. ids are the action_ids of its block so
// far: Slack wants them unique there.
// https://docs.slack.dev/reference/block-kit/block-elements
func (k *checker) element(v any, p string, ids map[string]bool) {
	e, ok := v.(object)
	if !ok {
		k.wrong(p, "must be an object")
		return
	}
	kind, _ := e["type"].(string)
	check, known := elementRules[kind]
	switch {
	case kind == "":
		k.wrong(p, "missing required field: type")
		return
	case !known:
		k.wrong(at(p, "type"), "unsupported type: %s", kind)
		return
	}
	if kind != "image" {
		k.actionID(e, p, ids)
	}
	if c, ok := e["confirm"]; ok {
		k.confirm(c, at(p, "confirm"))
	}
	if _, ok := e["placeholder"]; ok {
		k.text(e, p, "placeholder", 150, true)
	}
	if check != nil {
		check(k, e, p)
	}
}

var elementRules = map[string]func(*checker, object, string){
	"button":                     checkButton,
	"image":                      checkImageElement,
	"plain_text_input":           checkPlainTextInput,
	"overflow":                   options(5),
	"static_select":              options(100),
	"multi_static_select":        options(100),
	"checkboxes":                 options(10),
	"radio_buttons":              options(10),
	"external_select":            nil,
	"multi_external_select":      nil,
	"users_select":               nil,
	"multi_users_select":         nil,
	"conversations_select":       nil,
	"multi_conversations_select": nil,
	"channels_select":            nil,
	"multi_channels_select":      nil,
	"datepicker":                 nil,
	"timepicker":                 nil,
	"datetimepicker":             nil,
	"number_input":               nil,
	"email_text_input":           nil,
	"url_text_input":             nil,
	"rich_text_input":            nil,
	"workflow_button":            nil,
}

func (k *checker) actionID(e object, p string, ids map[string]bool) {
	id, _ := e["action_id"].(string)
	if id == "" {
		e["action_id"] = strings.ToLower(rand.Text()[:5])
		k.changed = true
		return
	}
	k.length(id, at(p, "action_id"), 1, 255)
	if ids[id] {
		k.wrong(at(p, "action_id"), "`action_id` \"%s\" already exists", id)
	}
	ids[id] = true
}

// confirm checks a confirmation dialog.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
func (k *checker) confirm(v any, p string) {
	c, ok := v.(object)
	if !ok {
		k.wrong(p, "must be an object")
		return
	}
	k.only(c, p, "title text confirm deny style")
	k.text(c, p, "title", 100, true)
	k.text(c, p, "text", 300, false)
	k.text(c, p, "confirm", 30, true)
	k.text(c, p, "deny", 30, true)
	k.style(c, p)
}

func (k *checker) style(o object, p string) {
	switch v, there := o["style"]; {
	case !there, v == "primary", v == "danger":
	default:
		k.wrong(at(p, "style"), "must be one of: primary, danger")
	}
}

func checkButton(k *checker, e object, p string) {
	k.only(e, p, "type text action_id url value style confirm accessibility_label visible_to_user_ids")
	k.text(e, p, "text", 75, true)
	k.optional(e, p, "value", 2000)
	k.optional(e, p, "url", 3000)
	k.optional(e, p, "accessibility_label", 75)
	k.style(e, p)
}

func checkPlainTextInput(k *checker, e object, p string) {
	for name, least := range map[string]float64{"min_length": 0, "max_length": 1} {
		n, there := e[name].(float64)
		if there && (n < least || n > 3000) {
			k.wrong(at(p, name), "must be between %v and 3000", least)
		}
	}
}

// options checks the options of a select and its kin, grouped or not.
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
func options(most int) func(*checker, object, string) {
	return func(k *checker, e object, p string) {
		if _, grouped := e["option_groups"]; !grouped {
			k.options(e, p, most)
			return
		}
		for i, g := range k.list(e, p, "option_groups", 1, most) {
			here := at(at(p, "option_groups"), i)
			group, ok := g.(object)
			if !ok {
				k.wrong(here, "must be an object")
				continue
			}
			k.text(group, here, "label", 75, true)
			k.options(group, here, most)
		}
	}
}

func (k *checker) options(e object, p string, most int) {
	for i, v := range k.list(e, p, "options", 1, most) {
		here := at(at(p, "options"), i)
		o, ok := v.(object)
		if !ok {
			k.wrong(here, "must be an object")
			continue
		}
		k.text(o, here, "text", 75, false)
		if value, ok := o["value"].(string); ok {
			k.length(value, at(here, "value"), 1, 150)
		} else {
			k.wrong(here, "missing required field: value")
		}
		if _, ok := o["description"]; ok {
			k.text(o, here, "description", 75, false)
		}
	}
}
