package message

// Slack's limits for what this package builds: characters, or numbers of
// elements.
//
// https://docs.slack.dev/reference/block-kit/blocks
const (
	maxText        = 3000 // a message's text, below the 4,000 of chat.update
	maxSection     = 3000
	maxFields      = 10 // in a section
	maxField       = 2000
	maxHeader      = 150
	maxContext     = 10 // elements in a context block
	maxButton      = 75 // a button's text and its accessibility label
	maxButtonValue = 2000
	maxBlockID     = 255
	// For a confirmation dialog: its title, its text, each of its buttons.
	maxDialogTitle  = 100
	maxDialogText   = 300
	maxDialogButton = 30
	maxModalTitle   = 24 // also its buttons
)
