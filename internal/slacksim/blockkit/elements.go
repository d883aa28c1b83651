package blockkit

import (
	"slices"
	"strings"
)

// element checks an interactive element of a section, actions or input block. ids are the
// action ids of the earlier elements in its block; Slack requires action ids to be unique
// in a block.
// https://docs.slack.dev/reference/block-kit/block-elements
func (c *checker) element(v any, p, block string, ids map[string]bool) {
	e, ok := v.(object)
	if !ok {
		c.report(p, "must be an object")
		return
	}
	kind, _ := e["type"].(string)
	rule, known := elementRules[kind]
	switch {
	case kind == "":
		c.report(p, "missing required field: type")
		return
	case !known || !slices.Contains(strings.Fields(rule.blocks), block):
		c.report(at(p, "type"), "unsupported type: %s", kind)
		return
	}
	if kind != "image" {
		c.id(e, p, "action_id", ids)
	}
	if dialog, ok := e["confirm"]; ok {
		c.confirm(dialog, at(p, "confirm"))
	}
	if _, ok := e["placeholder"]; ok {
		c.text(e, p, "placeholder", 150, true)
	}
	c.focus(e, p)
	if rule.check != nil {
		rule.check(c, e, p)
	}
	if e["response_url_enabled"] == true && (c.surface != Modal || block != "input") {
		c.report(at(p, "response_url_enabled"), "only in input blocks of modals")
	}
}

// focus checks that only one element of the view gets the focus.
// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
func (c *checker) focus(e object, p string) {
	c.boolean(e, p, "focus_on_load")
	if e["focus_on_load"] == true {
		if c.focused {
			c.report(at(p, "focus_on_load"), "only one element can have it")
		}
		c.focused = true
	}
}

// elementRule says how to check one kind of element.
type elementRule struct {
	blocks string // in which it may be, separated by blanks
	check  func(*checker, object, string)
}

// Where elements may be.
const (
	everywhere = "section actions input"
	noInput    = "section actions"
)

// elementRules are the elements that Slack accepts. Elements without a check are
// not checked further.
// https://docs.slack.dev/reference/block-kit/block-elements
var elementRules = map[string]elementRule{
	"button":                     {noInput, checkButton},
	"workflow_button":            {noInput, nil},
	"overflow":                   {noInput, options(5, true)},
	"image":                      {"section", checkImageElement},
	"static_select":              {everywhere, checkStaticSelect},
	"external_select":            {everywhere, checkExternalSelect},
	"conversations_select":       {everywhere, checkConversationsSelect},
	"users_select":               {everywhere, nil},
	"channels_select":            {everywhere, nil},
	"multi_static_select":        {everywhere, options(100, true)},
	"multi_external_select":      {everywhere, nil},
	"multi_users_select":         {everywhere, nil},
	"multi_conversations_select": {everywhere, nil},
	"multi_channels_select":      {everywhere, nil},
	"checkboxes":                 {everywhere, options(10, false)},
	"radio_buttons":              {everywhere, options(10, false)},
	"datepicker":                 {everywhere, nil},
	"timepicker":                 {everywhere, nil},
	"datetimepicker":             {"actions input", nil},
	"rich_text_input":            {"actions input", nil},
	"plain_text_input":           {"input", checkPlainTextInput},
	"number_input":               {"input", nil},
	"email_text_input":           {"input", nil},
	"url_text_input":             {"input", nil},
}

// confirm checks a confirmation dialog.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
func (c *checker) confirm(v any, p string) {
	dialog, ok := v.(object)
	if !ok {
		c.report(p, "must be an object")
		return
	}
	c.onlyProperties(dialog, p, "title text confirm deny style")
	c.text(dialog, p, "title", 100, true)
	c.text(dialog, p, "text", 300, false)
	c.text(dialog, p, "confirm", 30, true)
	c.text(dialog, p, "deny", 30, true)
	c.style(dialog, p)
}

func (c *checker) style(o object, p string) {
	switch v, present := o["style"]; {
	case !present, v == "primary", v == "danger":
	default:
		c.report(at(p, "style"), "must be one of: primary, danger")
	}
}

func checkButton(c *checker, e object, p string) {
	c.onlyProperties(e, p, "type text action_id url value style confirm accessibility_label visible_to_user_ids")
	c.text(e, p, "text", 75, true)
	c.optionalString(e, p, "value", 2000)
	c.optionalString(e, p, "url", 3000)
	c.optionalString(e, p, "accessibility_label", 75)
	c.style(e, p)
}

// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
func checkPlainTextInput(c *checker, e object, p string) {
	c.onlyProperties(e, p, "type action_id initial_value multiline min_length max_length dispatch_action_config focus_on_load placeholder")
	for name, least := range map[string]float64{"min_length": 0, "max_length": 1} {
		n, present := e[name].(float64)
		if present && (n < least || n > 3000) {
			c.report(at(p, name), "must be between %v and 3000", least)
		}
	}
	if v, ok := e["dispatch_action_config"]; ok {
		c.dispatchConfig(v, at(p, "dispatch_action_config"))
	}
}

// https://docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object
func (c *checker) dispatchConfig(v any, p string) {
	config, ok := v.(object)
	if !ok {
		c.report(p, "must be an object")
		return
	}
	c.onlyProperties(config, p, "trigger_actions_on")
	if _, ok := config["trigger_actions_on"]; ok {
		c.oneOf(config, p, "trigger_actions_on", "on_enter_pressed on_character_entered")
	}
}
