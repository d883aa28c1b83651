package message

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// The names of the form and of what opens it. Each block of the form has one input, whose
// action id is the id of the block.
const (
	CallbackForm   = "extend_request" // the form
	ShortcutForm   = "extend_server"  // the global shortcut
	ActionHomeForm = "home_extend"    // a button on the App Home; its value is a Fill
	ActionForm     = "form_open"      // a button in a message; its value is a Fill

	FieldServer   = "server"   // its values are the names of servers, or their ids
	FieldDuration = "duration" // its values are hours, or FormOther
	FieldCustom   = "custom"
	FieldReason   = "reason"
	FieldChannel  = "channel"

	// FormOther is the duration that is in the field custom, in words.
	FormOther = "other"

	warning = "⚠️ "
	// blockEstimate shows what the choices in a form come to.
	blockEstimate = "estimate"
)

// The limits of the form, in characters unless it says otherwise.
//
// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
const (
	// MaxServerOptions is how many options Slack accepts in a static select. People with more
	// servers type a part of the name.
	MaxServerOptions = 100
	// MaxFormReason is how many characters of a reason are kept, as in a command.
	MaxFormReason = 200
	maxFormCustom = 200
	maxOption     = 75  // what an option shows
	maxOptionID   = 150 // the value of an option
	maxHint       = 150
)

// formHours are the durations that the form offers.
var formHours = []order.Hours{24, 72, 168, 720}

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
	Channel string // see Fill
	Ask     bool   // see Fill
	Values  FormValues

	Servers  []order.Server // what the person may extend, by name; none: any server by its id
	Limit    order.Hours    // the most that one order may buy
	Estimate string         // see FormEstimate; "" if not everything is chosen
	Problem  string         // in plain text: why the choices cannot be ordered; "" if they can
}

// FormValues is what somebody chose and typed in a form. Nothing in it is checked.
type FormValues struct {
	Server       string // the value of an option
	Duration     string // the value of an option: hours, or FormOther
	Custom       string
	Reason       string
	Conversation string // "" if the form does not ask for it
}

// ReadForm returns what is in a form.
func ReadForm(v slack.View) FormValues {
	if v.State == nil {
		return FormValues{}
	}
	field := func(name string) slack.BlockAction { return v.State.Values[name][name] }
	return FormValues{
		Server: field(FieldServer).SelectedOption.Value, Duration: field(FieldDuration).SelectedOption.Value,
		Custom: field(FieldCustom).Value, Reason: field(FieldReason).Value, Conversation: field(FieldChannel).SelectedConversation,
	}
}

// FormHours returns the hours of an option of the field duration. It returns false for
// FormOther, and for what the form does not offer.
func FormHours(value string) (order.Hours, bool) {
	n, err := strconv.Atoi(value)
	return order.Hours(n), err == nil && FormOffers(order.Hours(n))
}

// FormOffers reports whether the form offers these hours.
func FormOffers(h order.Hours) bool { return slices.Contains(formHours, h) }

// FormDuration returns the value of the option of the field duration for these hours.
func FormDuration(h order.Hours) string { return strconv.Itoa(int(h)) }

var slackDirect = regexp.MustCompile(`^D[A-Z0-9]{1,20}$`)

// IsChannel reports whether an id is that of a channel, where others can read a card.
func IsChannel(id string) bool { return slackChannel.MatchString(id) }

// IsConversation reports whether an id is that of a channel or a direct message.
func IsConversation(id string) bool { return IsChannel(id) || slackDirect.MatchString(id) }

// Form is the form in which people ask to extend a server.
//
// https://docs.slack.dev/surfaces/modals
func Form(v FormView) slack.ModalViewRequest {
	blocks := []slack.Block{serverField(v), durationField(v), customField(v)}
	if v.Estimate != "" || v.Problem != "" {
		text := markdown(v.Estimate, maxSection)
		if v.Problem != "" {
			text = plainText(v.Problem, maxSection-utf8.RuneCountInString(warning))
			text.Text = warning + text.Text
		}
		blocks = append(blocks, slack.NewSectionBlock(text, nil, nil, slack.SectionBlockOptionBlockID(blockEstimate)))
	}
	blocks = append(blocks, reasonField(v))
	if v.Ask {
		blocks = append(blocks, channelField(v))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackForm, PrivateMetadata: Fill{Channel: firstRunes(v.Channel, maxName), Ask: v.Ask}.String(),
		Title: plainText("Extend a server", maxModalTitle), Submit: plainText("Ask", maxModalTitle), Close: plainText("Cancel", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// serverField asks for the server. If only one can be chosen, it is.
func serverField(v FormView) slack.Block {
	choose := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("Choose a server", maxHint), FieldServer, serverOptions(v.Servers)...)
	if FormTypeahead(v.Servers) {
		choose = slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plainText("Type a part of its name", maxHint), FieldServer)
		choose.MinQueryLength = new(int)
		if len(v.Servers) == 0 {
			choose.Placeholder = plainText("Type its id, as 0xhost shows it", maxHint)
		}
	}
	for _, o := range choose.Options {
		if len(v.Servers) == 1 || o.Value == v.Values.Server {
			choose.InitialOption = o
		}
	}
	if o := serverOption(v.Values.Server); choose.Type == slack.OptTypeExternal && o.Text.Text != "" {
		choose.InitialOption = o
	}
	return dispatching(slack.NewInputBlock(FieldServer, plainText("Server", maxModalTitle), nil, choose))
}

// FormTypeahead reports whether the form asks for the options of the field server while
// people type, because there are too many, or none is known.
func FormTypeahead(servers []order.Server) bool {
	return len(servers) == 0 || len(servers) > MaxServerOptions
}

func serverOptions(servers []order.Server) (all []*slack.OptionBlockObject) {
	for _, s := range servers[:min(len(servers), MaxServerOptions)] {
		all = append(all, serverOption(s.Label()))
	}
	return all
}

func serverOption(name string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(firstRunes(name, maxOptionID), plainText(name, maxOption), nil)
}

// durationField asks how long. What is above the limit is not offered.
func durationField(v FormView) slack.Block {
	var options []*slack.OptionBlockObject
	for _, h := range formHours {
		if h <= v.Limit {
			options = append(options, slack.NewOptionBlockObject(FormDuration(h), plainText(OfferTime(h), maxOption), nil))
		}
	}
	options = append(options, slack.NewOptionBlockObject(FormOther, plainText("Another time", maxOption), nil))
	choose := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("Choose a time", maxHint), FieldDuration, options...)
	for _, o := range options {
		if len(options) == 1 || o.Value == v.Values.Duration {
			choose.InitialOption = o
		}
	}
	return dispatching(slack.NewInputBlock(FieldDuration, plainText("How long", maxModalTitle), nil, choose))
}

// dispatching makes Slack report each choice at once, so that the form can show what it
// comes to.
//
// https://docs.slack.dev/reference/block-kit/blocks/input-block
func dispatching(b *slack.InputBlock) *slack.InputBlock {
	b.DispatchAction = true
	return b
}

func customField(v FormView) slack.Block {
	text := slack.NewPlainTextInputBlockElement(plainText("5d, 1d 12h, until friday 18:00", maxHint), FieldCustom)
	text.InitialValue, text.MaxLength = firstRunes(v.Values.Custom, maxFormCustom), maxFormCustom
	text.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_enter_pressed"}}
	b := slack.NewInputBlock(FieldCustom, plainText("Another time", maxModalTitle), nil, text)
	b.Optional = true
	return dispatching(b)
}

func reasonField(v FormView) slack.Block {
	text := slack.NewPlainTextInputBlockElement(plainText("Shown on the card", maxHint), FieldReason)
	text.InitialValue, text.MaxLength = firstRunes(v.Values.Reason, MaxFormReason), MaxFormReason
	b := slack.NewInputBlock(FieldReason, plainText("Reason", maxModalTitle), nil, text)
	b.Optional = true
	return b
}

// channelField asks where the card is to come. Without a suggestion, Slack suggests the
// conversation in which the person is.
//
// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#conversations_select
func channelField(v FormView) slack.Block {
	choose := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plainText("Choose a channel", maxHint), FieldChannel)
	choose.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}}
	choose.DefaultToCurrentConversation = true
	for _, id := range []string{v.Channel, v.Values.Conversation} {
		if IsChannel(id) {
			choose.InitialConversation, choose.DefaultToCurrentConversation = id, false
		}
	}
	return slack.NewInputBlock(FieldChannel, plainText("Channel for the card", maxModalTitle), nil, choose)
}

// FormEstimate says in a form what the choices come to: price, balance, expiry, and who
// has to approve it.
func FormEstimate(v OrderView) string {
	lines := []string{"*" + serverAndTime(v.Order) + "*", priceLine(v), balanceWarning(v), expiryLine(v)}
	if missing := missingApprovals(v.Ruling.Rules); missing != "" {
		lines = append(lines, "Needs "+missing+".")
	}
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
}

// maxSuggested is how many servers the form suggests for what somebody types. More could
// exceed the size of an ack, which is 20 kB.
const maxSuggested = 50

// FormOptions are the options for what somebody types in the field server.
//
// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
type FormOptions struct {
	Options []*slack.OptionBlockObject `json:"options"`
}

// SuggestServers returns those servers whose names, or ids if they have none, contain a
// text. Those that begin with it come first.
func SuggestServers(servers []order.Server, text string) FormOptions {
	text = strings.ToLower(mrkdwn.Visible(text))
	var first, rest []*slack.OptionBlockObject
	for _, s := range servers {
		switch name := strings.ToLower(s.Label()); {
		case strings.HasPrefix(name, text):
			first = append(first, serverOption(s.Label()))
		case strings.Contains(name, text):
			rest = append(rest, serverOption(s.Label()))
		}
	}
	all := make([]*slack.OptionBlockObject, 0, len(first)+len(rest)) // without any, not null in JSON
	all = append(append(all, first...), rest...)
	return FormOptions{Options: all[:min(len(all), maxSuggested)]}
}
