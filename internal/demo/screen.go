package demo

import (
	"cmp"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

const (
	botName     = "extendbot"
	screenWidth = 92 // columns of a message
	labelWidth  = 26 // columns of the labels of fields, at most
)

// screen renders messages as lines of text, as Slack would show them.
type screen struct {
	markup

	width int
	view  *slacksim.View // whose blocks are rendered, if they have inputs
}

// screenFor returns a screen on out for a stage, with its clock.
func screenFor(out io.Writer, s *stage.Stage, now func() time.Time) screen {
	names := map[string]string{s.Slack.BotUserID(): botName}
	for _, c := range s.Cast.Channels {
		names[c.ID] = c.Name
	}
	for _, g := range s.Cast.Groups {
		names[g.ID] = g.Handle
	}
	for _, user := range s.Slack.Users() {
		names[user.ID] = cmp.Or(names[user.ID], user.Name)
	}
	return screen{markup: markup{palette: paletteFor(out), names: names, zone: localZone(), now: now}, width: screenWidth}
}

// detail says how much of a message is shown.
type detail bool

const (
	whole detail = false
	brief detail = true // without its fields and context blocks
)

// message renders one message, with remarks next to the author's name.
func (s screen) message(m slacksim.Message, d detail, remarks ...string) []string {
	return s.framed(s.name(m.User), m.PostedAt, s.body(m.Text, m.Blocks, d), remarks)
}

// ephemeral renders a message that only one person sees. reader is the person
// who looks at the screen.
func (s screen) ephemeral(e slacksim.Ephemeral, reader string) []string {
	return s.framed(botName, e.At, s.body(e.Text, e.Blocks, whole), []string{s.onlyFor(e.User, reader)})
}

func (s screen) onlyFor(user, reader string) string {
	if user == reader {
		return "only visible to you"
	}
	return "only visible to @" + s.name(user)
}

// framed adds the author's name above a message and a bar to its left.
func (s screen) framed(name string, at time.Time, body, remarks []string) []string {
	head := s.paint(bold, name) + "  " + s.paint(dim, s.clock(at))
	for _, remark := range remarks {
		head += "  " + s.paint(styles(dim, italic), "("+remark+")")
	}
	return append([]string{head}, s.barred(body)...)
}

func (s screen) barred(lines []string) []string { return indent(s.paint(dim, "│")+" ", lines) }

// clock returns the time of day in the reader's zone.
func (s screen) clock(t time.Time) string { return t.In(s.zone).Format("15:04") }

// body renders the content of a message.
func (s screen) body(text string, raw json.RawMessage, d detail) []string {
	var lines []string
	blocks := blockkit.MessageBlocks(text, raw)
	width := s.widestLabel(blocks)
	for i, b := range blocks {
		part := s.block(b, d, width)
		if len(part) > 0 && len(lines) > 0 && (b.Type == "header" || b.Type == "actions" || b.Type == "context" || blocks[i-1].Type == "actions") {
			lines = append(lines, "")
		}
		lines = append(lines, part...)
	}
	return lines
}

func (s screen) block(b blockkit.Block, d detail, labels int) []string {
	switch b.Type {
	case "header":
		return s.wrap(s.value(b.Text, bold))
	case "section":
		var lines []string
		if b.Text.Text != "" {
			lines = s.wrap(s.sentence(b.Text, nil))
		}
		if d == whole {
			lines = append(lines, s.fields(b.Fields, labels)...)
		}
		if b.Accessory != nil && b.Accessory.Type == "button" {
			lines = append(lines, s.buttons([]blockkit.Element{*b.Accessory}))
		}
		return lines
	case "actions":
		return []string{s.buttons(b.Elements)}
	case "context":
		if d == brief {
			return nil
		}
		var lines []string
		for _, e := range b.Elements {
			lines = append(lines, s.wrap(s.sentence(e.Text, dim))...)
		}
		return lines
	case "input":
		return s.input(b)
	case "image":
		return s.wrap(s.paint(dim, cmp.Or(b.Title.Text, b.AltText)))
	case "divider":
		return []string{s.paint(dim, strings.Repeat("─", s.width))}
	default:
		return nil
	}
}

// input renders a field of a modal: what is in it or could be, and its options.
func (s screen) input(b blockkit.Block) []string {
	label, value := b.Label.Text, "____"
	if b.Optional {
		label += " (optional)"
	}
	if s.view != nil && b.Element != nil {
		if state := stateOf(*s.view, b.ID); state != "" {
			value = cmp.Or(s.names[state], state)
		}
	}
	line := s.paint(dim, label+": ") + value
	if value == "____" {
		var labels []string
		if b.Element != nil {
			for _, o := range b.Element.Options {
				labels = append(labels, o.Text.Text)
			}
			labels = append(labels, b.Element.Placeholder.Text)[:max(len(labels), 1)]
		}
		if shown := strings.Join(labels, ", "); shown != "" {
			line += s.paint(dim, "  ("+shown+")")
		}
	}
	return s.wrap(line)
}

// dialog renders the dialog in which Slack asks before it sends a click.
func (s screen) dialog(d blockkit.Dialog) []string {
	lines := s.wrap(s.value(d.Title, bold))
	lines = append(lines, s.wrap(s.sentence(d.Text, nil))...)
	yes := blockkit.Element{Text: d.Confirm, Style: cmp.Or(d.Style, "primary")}
	return s.barred(append(lines, "", s.buttons([]blockkit.Element{yes, {Text: d.Deny}})))
}

func (s screen) wrap(text string) []string { return wrap(text, s.width) }

// sentence renders a text in which code is shown in color or in backquotes.
func (s screen) sentence(t blockkit.Text, base ansi.Style) string {
	s.quote = !s.colors
	return s.value(t, base)
}

// fieldLines renders a field: its label, and the lines of its value. A field
// with one line has no label.
func (s screen) fieldLines(f blockkit.Text) (label string, value []string) {
	lines := s.wrap(s.value(f, nil))
	if len(lines) == 1 {
		return "", lines
	}
	return ansi.Strip(lines[0]), lines[1:]
}

// widestLabel returns how many columns the labels of a message's fields need.
func (s screen) widestLabel(blocks []blockkit.Block) int {
	widest := 0
	for _, b := range blocks {
		for _, f := range b.Fields {
			label, _ := s.fieldLines(f)
			widest = max(widest, min(ansi.StringWidth(label), labelWidth))
		}
	}
	return widest
}

// fields renders the fields of a section as a list, with the label next to the
// value. Slack shows two columns, with the label above the value.
func (s screen) fields(fields []blockkit.Text, labels int) []string {
	var lines []string
	for _, f := range fields {
		label, values := s.fieldLines(f)
		if label == "" {
			lines = append(lines, values...)
			continue
		}
		for _, value := range values {
			pad := strings.Repeat(" ", max(0, labels-ansi.StringWidth(label))+2)
			lines = append(lines, s.paint(dim, label)+pad+value)
			label = ""
		}
	}
	return lines
}

func (s screen) buttons(elements []blockkit.Element) string {
	var shown []string
	for _, e := range elements {
		style := map[string]ansi.Style{"primary": styles(bold, green), "danger": styles(bold, red)}[e.Style]
		shown = append(shown, s.paint(style, buttonFace(e.Text.Text)))
	}
	return strings.Join(shown, "  ")
}

func buttonFace(text string) string { return "[ " + text + " ]" }
