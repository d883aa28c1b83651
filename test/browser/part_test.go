package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// step says what to look for, inside of what the step before found.
type step struct {
	Roles []string `json:"roles,omitempty"`
	Name  string   `json:"name,omitempty"` // the whole accessible name
	Text  string   `json:"text,omitempty"` // a part of its text
	Last  bool     `json:"last,omitempty"` // the last one, if there are several
}

// part is a part of a window. It is looked for again each time it is used, because the page
// changes all the time.
type part struct {
	w     *window
	steps []step
}

func (p *part) in(s step) *part {
	return &part{p.w, append(append([]step{}, p.steps...), s)}
}

// message is the newest message that contains a text.
func (p *part) message(text string) *part {
	return p.in(step{Roles: []string{"article"}, Text: text, Last: true})
}

// region is a labeled part of the page: the thread panel, the drawer, and so on.
func (p *part) region(name string) *part {
	return p.in(step{Roles: []string{"complementary", "region", "navigation", "log", "form", "group"}, Name: name})
}

// dialog is the dialog with a title.
func (p *part) dialog(title string) *part {
	return p.in(step{Roles: []string{"dialog", "alertdialog"}, Name: title})
}

// button is anything that one presses and that has a label.
func (p *part) button(label string) *part {
	return p.in(step{Roles: []string{"button", "link", "option", "menuitem", "tab", "radio", "checkbox", "switch"}, Name: label})
}

// field is anything that one fills in and that has a label.
func (p *part) field(label string) *part {
	return p.in(step{Roles: []string{"textbox", "combobox", "searchbox", "spinbutton", "listbox", "Date", "InputTime"}, Name: label})
}

func (p *part) String() string {
	var names []string
	for _, s := range p.steps {
		names = append(names, strings.TrimSpace(fmt.Sprintf("%s %q", s.Roles[0], s.Name+s.Text)))
	}
	return strings.Join(names, ", ")
}

// is waits until a part is there and a verb of find.js finds no problem with it.
func (p *part) is(verb, value string) found {
	p.w.t.Helper()
	var f found
	p.w.until(p.String()+" "+verb, func() string {
		var err error
		if f, err = p.w.look(p.steps, verb, value); err != nil {
			return err.Error()
		}
		return f.Problem
	})
	return f
}

// see waits until the part contains all texts. It returns its whole text.
func (p *part) see(texts ...string) string {
	p.w.t.Helper()
	var all string
	p.w.until(p.String(), func() string {
		f, err := p.w.look(p.steps, "text", "")
		if err != nil {
			return err.Error()
		}
		all = f.Text
		for _, text := range texts {
			if !strings.Contains(strings.Join(strings.Fields(all), " "), text) {
				return fmt.Sprintf("does not say %q", text)
			}
		}
		return f.Problem
	})
	return all
}

// gone waits until the part is not there.
func (p *part) gone() {
	p.w.t.Helper()
	p.w.until(p.String()+" gone", func() string {
		f, err := p.w.look(p.steps, "text", "")
		switch {
		case err != nil:
			return err.Error()
		case strings.HasPrefix(f.Problem, "nothing matches"):
			return ""
		}
		return "is still there"
	})
}

// press clicks on a button, with the mouse, where it is. If it moved away from under the
// mouse, nothing was clicked, and it tries again.
func (p *part) press(label string) {
	p.w.t.Helper()
	b := p.button(label)
	p.w.until("press "+b.String(), func() string { return b.click() })
}

func (p *part) click() (problem string) {
	f, err := p.w.look(p.steps, "point", "")
	if err != nil || f.Problem != "" {
		return f.Problem + fmt.Sprint(err)
	}
	if err := chromedp.Do(p.w.ctx, chromedp.MouseClickXY(f.X, f.Y)); err != nil {
		return err.Error()
	}
	// A click that opens another page leaves the page in which clickArrived was set.
	missed, err := chromedp.Run(p.w.ctx, chromedp.Evaluate[bool]("window.clickArrived === false"))
	if err != nil {
		return ""
	}
	if missed {
		return "the click did not arrive"
	}
	return ""
}

// fill replaces what is in a field, with the keyboard.
func (p *part) fill(label, text string) {
	p.w.t.Helper()
	f := p.field(label)
	f.is("focus", "")
	f.is("focused", "")
	if text == "" {
		p.w.keys(kb.Delete)
	} else {
		p.w.insert(text)
	}
}

// choose chooses from a list, or sets a date or a time.
func (p *part) choose(label, choice string) {
	p.w.t.Helper()
	p.field(label).is("set", choice)
}

// keys presses keys, wherever the focus is.
func (w *window) keys(keys string, options ...chromedp.KeyOption) {
	w.t.Helper()
	w.do("press keys", chromedp.KeyEvent(keys, options...))
}

// insert types a text at once, wherever the focus is.
func (w *window) insert(text string) {
	w.t.Helper()
	w.do("type", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}
