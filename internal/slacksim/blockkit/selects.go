package blockkit

import (
	"math"
	"reflect"
	"slices"
)

// selectProperties are those of every select menu.
const selectProperties = "type action_id placeholder confirm focus_on_load "

// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#static_select
func checkStaticSelect(c *checker, e object, p string) {
	c.onlyProperties(e, p, selectProperties+"options option_groups initial_option")
	options(100, true)(c, e, p)
	initial, ok := e["initial_option"]
	if !ok || initial == nil {
		return
	}
	same := func(option any) bool { return reflect.DeepEqual(option, initial) }
	if !slices.ContainsFunc(optionsOf(e), same) {
		c.report(at(p, "initial_option"), "must be one of the options")
	}
}

// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
func checkExternalSelect(c *checker, e object, p string) {
	c.onlyProperties(e, p, selectProperties+"min_query_length initial_option")
	if v, ok := e["min_query_length"]; ok {
		if n, ok := v.(float64); !ok || n < 0 || n != math.Trunc(n) {
			c.report(at(p, "min_query_length"), "must be an integer of at least 0")
		}
	}
	if v, ok := e["initial_option"]; ok && v != nil {
		option, ok := v.(object)
		if !ok {
			c.report(at(p, "initial_option"), "must be an object")
			return
		}
		c.option(option, at(p, "initial_option"), true)
	}
}

// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#conversations_select
func checkConversationsSelect(c *checker, e object, p string) {
	c.onlyProperties(e, p, selectProperties+"initial_conversation default_to_current_conversation response_url_enabled filter")
	c.optionalString(e, p, "initial_conversation", 255)
	c.boolean(e, p, "default_to_current_conversation")
	c.boolean(e, p, "response_url_enabled")
	if v, ok := e["filter"]; ok {
		c.filter(v, at(p, "filter"))
	}
}

// filter checks which conversations a menu shows. It must set something.
// https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object
func (c *checker) filter(v any, p string) {
	f, ok := v.(object)
	switch {
	case !ok:
		c.report(p, "must be an object")
		return
	case len(f) == 0:
		c.report(p, "must have at least one property")
	}
	c.onlyProperties(f, p, "include exclude_external_shared_channels exclude_bot_users")
	c.boolean(f, p, "exclude_external_shared_channels")
	c.boolean(f, p, "exclude_bot_users")
	if _, ok := f["include"]; ok {
		c.oneOf(f, p, "include", "im mpim private public")
	}
}

// options returns a check for the options, grouped or not, of a select menu or a
// similar element. The texts of menus are plain.
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
// https://docs.slack.dev/reference/block-kit/composition-objects/option-group-object
func options(most int, plain bool) func(*checker, object, string) {
	return func(c *checker, e object, p string) {
		if _, grouped := e["option_groups"]; !grouped {
			c.options(e, p, most, plain)
			return
		}
		for here, group := range c.objects(e, p, "option_groups", 1, most) {
			c.text(group, here, "label", 75, true)
			c.options(group, here, most, plain)
		}
	}
}

func (c *checker) options(e object, p string, most int, plain bool) {
	for here, o := range c.objects(e, p, "options", 1, most) {
		c.option(o, here, plain)
	}
}

func (c *checker) option(o object, p string, plain bool) {
	c.onlyProperties(o, p, "text value description url")
	c.text(o, p, "text", 75, plain)
	if value, ok := o["value"].(string); ok {
		c.length(value, at(p, "value"), 1, 150)
	} else {
		c.report(p, "missing required field: value")
	}
	if _, ok := o["description"]; ok {
		c.text(o, p, "description", 75, plain)
	}
}

// optionsOf returns the options of a menu, or of the ack of a suggestion, grouped or not.
func optionsOf(o object) []any {
	all, _ := o["options"].([]any)
	groups, _ := o["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(object)
		more, _ := group["options"].([]any)
		all = append(all, more...)
	}
	return all
}
