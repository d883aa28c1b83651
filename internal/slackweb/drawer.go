package slackweb

import "context"

// Drawer is the world outside Slack: what the page shows of it, and what can be done to it.
// It is used by several goroutines at once.
type Drawer interface {
	// Panels returns what the drawer shows, from top to bottom. It is called about once a
	// second for each open page, and must not block.
	Panels() []Panel
	// Do does what a control says. It returns one sentence that says what happened, or an
	// error, which the page shows.
	Do(ctx context.Context, control, choice string) (said string, err error)
}

// Panel is a part of the drawer. Everything but its title may be missing.
type Panel struct {
	Title    string
	Lines    []string
	Header   []string   // of the table
	Table    [][]string // rows
	Controls []Control
}

// Control is a button in the drawer, or a menu with a button.
type Control struct {
	ID      string // unique in the drawer
	Label   string // what the button says
	Hint    string // what it does, in a few words; may be ""
	Choices []Choice
}

// Choice is an entry of a control's menu.
type Choice struct{ Value, Label string }
