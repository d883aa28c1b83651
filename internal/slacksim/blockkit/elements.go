package blockkit

// element checks an interactive element. ids are the action ids of the earlier
// elements in its block; Slack requires action ids to be unique in a block.
// https://docs.slack.dev/reference/block-kit/block-elements
func (c *checker) element(v any, p string, ids map[string]bool) {
	e, ok := v.(object)
	if !ok {
		c.report(p, "must be an object")
		return
	}
	kind, _ := e["type"].(string)
	check, known := elementRules[kind]
	switch {
	case kind == "":
		c.report(p, "missing required field: type")
		return
	case !known:
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
	if check != nil {
		check(c, e, p)
	}
}

// elementRules are the elements that Slack accepts. Elements without a check are
// not checked further.
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
	for name, least := range map[string]float64{"min_length": 0, "max_length": 1} {
		n, present := e[name].(float64)
		if present && (n < least || n > 3000) {
			c.report(at(p, name), "must be between %v and 3000", least)
		}
	}
}

// options returns a check for the options, grouped or not, of a select menu or a
// similar element.
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
func options(most int) func(*checker, object, string) {
	return func(c *checker, e object, p string) {
		if _, grouped := e["option_groups"]; !grouped {
			c.options(e, p, most)
			return
		}
		for here, group := range c.objects(e, p, "option_groups", 1, most) {
			c.text(group, here, "label", 75, true)
			c.options(group, here, most)
		}
	}
}

func (c *checker) options(e object, p string, most int) {
	for here, o := range c.objects(e, p, "options", 1, most) {
		c.text(o, here, "text", 75, false)
		if value, ok := o["value"].(string); ok {
			c.length(value, at(here, "value"), 1, 150)
		} else {
			c.report(here, "missing required field: value")
		}
		if _, ok := o["description"]; ok {
			c.text(o, here, "description", 75, false)
		}
	}
}
