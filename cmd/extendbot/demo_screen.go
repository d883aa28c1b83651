package main

import (
	"cmp"
	"encoding/json"
	"io"
	"strings"
	"time"

	"extendbot/internal/slacksim"
)

const (
	botName     = "extendbot"
	screenWidth = 92 // columns of a message
	labelWidth  = 26 // columns of the labels of fields, at most
)

// screen shows messages as Slack would, in lines of text.
type screen struct {
	palette
	mrkdwn

	width int
}

// screenFor shows what is on a stage.
func screenFor(out io.Writer, s *stage) screen {
	names := map[string]string{s.slack.BotUserID(): botName, stageChannel: "ops", stageElsewhere: "random"}
	for _, user := range s.slack.Users() {
		names[user.ID] = cmp.Or(names[user.ID], user.Name)
	}
	return screen{palette: paletteFor(out), mrkdwn: mrkdwn{names: names, zone: time.Local}, width: screenWidth}
}

// detail says how much of a message is shown.
type detail bool

const (
	whole detail = false
	brief detail = true // without its fields and small print
)

// message shows one message, with notes beside the name of who wrote it.
func (s screen) message(m slacksim.Message, d detail, notes ...string) []string {
	return s.bubble(s.name(m.User), m.PostedAt, s.body(m.Text, m.Blocks, d), notes)
}

// ephemeral shows what one person alone sees; reader is who looks at it.
func (s screen) ephemeral(e slacksim.Ephemeral, reader string) []string {
	return s.bubble(botName, e.At, s.body(e.Text, e.Blocks, whole), []string{s.onlyFor(e.User, reader)})
}

func (s screen) onlyFor(user, reader string) string {
	if user == reader {
		return "only visible to you"
	}
	return "only visible to @" + s.name(user)
}

func (s screen) bubble(name string, at time.Time, body, notes []string) []string {
	head := s.paint(bold, name) + "  " + s.paint(dim, at.In(s.zone).Format("15:04"))
	for _, note := range notes {
		head += "  " + s.paint(dim|italic, "("+note+")")
	}
	return append([]string{head}, indent(s.paint(dim, "│")+" ", body)...)
}

// indent puts something before each line.
func indent(by string, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(by+l, " ")
	}
	return out
}

// body is what stands in a message.
func (s screen) body(text string, raw json.RawMessage, d detail) []string {
	var lines []string
	blocks := blocksOf(text, raw)
	labels := s.labels(blocks)
	for _, b := range blocks {
		part := s.block(b, d, labels)
		if len(part) > 0 && len(lines) > 0 && (b.Type == "actions" || b.Type == "context") {
			lines = append(lines, "")
		}
		lines = append(lines, part...)
	}
	return lines
}

func (s screen) block(b block, d detail, labels int) []string {
	switch b.Type {
	case "header":
		return s.wrap(inStyle(bold, b.Text.Text))
	case "section":
		var lines []string
		if b.Text.Text != "" {
			lines = s.wrap(s.sentence(b.Text))
		}
		if d == brief {
			return lines
		}
		return append(lines, s.fields(b.Fields, labels)...)
	case "actions":
		return []string{s.buttons(b.Elements)}
	case "context":
		if d == brief {
			return nil
		}
		var lines []string
		for _, e := range b.Elements {
			lines = append(lines, s.wrap(s.sentence(e.Text).with(dim))...)
		}
		return lines
	case "divider":
		return []string{s.paint(dim, strings.Repeat("─", s.width))}
	default:
		return nil
	}
}

func (s screen) wrap(t styled) []string {
	var lines []string
	for _, l := range t.lines(s.width) {
		lines = append(lines, s.show(l))
	}
	return lines
}

// sentence reads a text in which code has to stand out.
func (s screen) sentence(t blockText) styled {
	read := s.value(t)
	if s.colours {
		return read
	}
	return read.quoted()
}

func (s screen) value(t blockText) styled {
	if t.Type == "plain_text" {
		return inStyle(0, t.Text)
	}
	return s.read(t.Text)
}

// labels is how wide the labels of a message's fields are.
func (s screen) labels(blocks []block) int {
	widest := 0
	for _, b := range blocks {
		for _, f := range b.Fields {
			if lines := s.value(f).lines(s.width); len(lines) > 1 {
				widest = max(widest, min(lines[0].columns(), labelWidth))
			}
		}
	}
	return widest
}

// fields shows a section's fields as a list, label beside value; Slack puts
// them into two columns, label above value.
func (s screen) fields(fields []blockText, labels int) []string {
	rows := make([][]styled, len(fields))
	for i, f := range fields {
		rows[i] = s.value(f).lines(s.width)
	}
	var lines []string
	for _, row := range rows {
		label := row[0]
		for i, value := range row[1:] {
			if i > 0 {
				label = nil
			}
			pad := strings.Repeat(" ", max(0, labels-label.columns())+2)
			lines = append(lines, s.paint(dim, plainOf(label))+pad+s.show(value))
		}
		if len(row) == 1 {
			lines = append(lines, s.show(label))
		}
	}
	return lines
}

// plainOf is a text without its looks.
func plainOf(t styled) string {
	var b strings.Builder
	for _, c := range t {
		b.WriteRune(c.r)
	}
	return b.String()
}

func (s screen) buttons(elements []element) string {
	var shown []string
	for _, e := range elements {
		look := map[string]style{"primary": bold | green, "danger": bold | red}[e.Style]
		shown = append(shown, s.paint(look, buttonFace(e.Text.Text)))
	}
	return strings.Join(shown, "  ")
}

func buttonFace(text string) string { return "[ " + text + " ]" }
