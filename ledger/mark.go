package ledger

import (
	"errors"
	"strings"
	"time"
)

// Mark is the digest of everything that happened until a time. Stored where nobody who
// can write the database can change it, it proves later that nothing of that was
// changed or removed. The zero value is none.
type Mark struct {
	Until  time.Time
	Digest string
}

const markTime = "20060102T150405Z"

// String returns the mark's text, which [ParseMark] parses: the time, a dot, and the
// digest.
func (m Mark) String() string { return m.Until.UTC().Format(markTime) + "." + m.Digest }

// ParseMark parses what [Mark.String] returned.
func ParseMark(text string) (Mark, error) {
	at, digest, ok := strings.Cut(text, ".")
	until, err := time.Parse(markTime, at)
	if !ok || err != nil || digest == "" {
		return Mark{}, errors.New("it is not a mark that was printed or logged")
	}
	return Mark{Until: until, Digest: digest}, nil
}
