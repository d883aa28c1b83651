package command

// String returns the normal form of c, without the name of the command. It parses
// to c again, with the same options.
func (c Command) String() string {
	text := c.Server + " " + c.Typed
	if c.Purpose != "" {
		text += " because " + c.Purpose
	}
	return text
}
