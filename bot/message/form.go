package message

import (
	"encoding/json"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// The names of the form and of what opens it. Each block of the form has one input, whose
// action id is the id of the block.
const (
	CallbackForm   = "extend_request" // the form
	ShortcutForm   = "extend_server"  // the global shortcut
	ActionHomeForm = "home_extend"    // a button on the App Home; its value is a Fill
	ActionForm     = "form_open"      // a button in a message; its value is a Fill

	FieldServer   = "server"
	FieldDuration = "duration" // its values are hours, or FormOther
	FieldCustom   = "custom"
	FieldReason   = "reason"
	FieldChannel  = "channel"

	// FormOther is the duration that is in the field custom, in words.
	FormOther = "other"
)

// Fill is what a form begins with. The zero value is an empty form whose card comes in a
// channel that the person chooses.
type Fill struct {
	Server string `json:"server,omitempty"` // its name, or its id if it has none
	Time   string `json:"time,omitempty"`   // as in a command, such as "3d" or "until friday 18:00"
	Reason string `json:"reason,omitempty"`
	// Channel is where the card comes, if Ask is not set; else it is what the form suggests.
	Channel string `json:"channel,omitempty"`
	Ask     bool   `json:"ask,omitempty"` // the form asks in which channel the card is to come
}

// String returns the value of a button that opens the form with f.
func (f Fill) String() string {
	value, _ := json.Marshal(f) // strings and a bool cannot fail
	return string(value)
}

// ParseFill reads the value of a button. What cannot be read is an empty form that asks for
// everything.
func ParseFill(value string) Fill {
	var f Fill
	if json.Unmarshal([]byte(value), &f) != nil {
		return Fill{Ask: true}
	}
	return f
}

// FormView is what the form is made of.
type FormView struct {
	Fill

	Servers []order.Server // what the person may extend, by name; none: any server by its id
	Limit   order.Hours    // the most that one order may buy
}

// FormValues is what somebody chose and typed in a form. Nothing in it is checked.
type FormValues struct {
	Server   string // the value of an option
	Duration string // the value of an option: hours, or FormOther
	Custom   string
	Reason   string
	Channel  string
}

// ReadForm returns what is in a form.
func ReadForm(v slack.View) FormValues {
	if v.State == nil {
		return FormValues{}
	}
	field := func(name string) slack.BlockAction { return v.State.Values[name][name] }
	return FormValues{
		Server: field(FieldServer).SelectedOption.Value, Duration: field(FieldDuration).SelectedOption.Value,
		Custom: field(FieldCustom).Value, Reason: field(FieldReason).Value, Channel: field(FieldChannel).SelectedConversation,
	}
}

// Form is the form in which people ask to extend a server.
//
// https://docs.slack.dev/surfaces/modals
func Form(v FormView) slack.ModalViewRequest {
	text := slack.NewPlainTextInputBlockElement(nil, FieldCustom)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackForm, PrivateMetadata: v.String(),
		Title: plainText("Extend a server", maxModalTitle), Submit: plainText("Ask", maxModalTitle), Close: plainText("Cancel", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(FieldCustom, plainText("Time", maxModalTitle), nil, text)}},
	}
}
