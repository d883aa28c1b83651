package settings

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The limits of each entry of REMIND_BEFORE.
const (
	minRemindBefore = time.Minute
	maxRemindBefore = 30 * 24 * time.Hour
)

// parseRemindBefore parses durations with commas between, and returns them longest
// first; none for "". It reports each entry that is wrong.
func parseRemindBefore(text string) (list []time.Duration, err error) {
	if text == "" {
		return nil, nil
	}
	var wrong []error
	first := map[time.Duration]int{} // the entry that has it
	for i, one := range strings.Split(text, ",") {
		reject := func(what string) { wrong = append(wrong, problem(fmt.Sprintf("entry %d: %s", i+1, what))) }
		one = strings.TrimSpace(one)
		d, err := ParseDays(one)
		hint, hinted := errors.AsType[formHint](err)
		switch {
		case one == "":
			reject("is empty; remove the extra comma")
		case hinted:
			reject(string(hint))
		case err != nil:
			reject("must be a duration such as 2h or 3d")
		case d < minRemindBefore || d > maxRemindBefore:
			reject("must be from 1m to 30d")
		case first[d] > 0:
			reject(fmt.Sprintf("is as long as entry %d; remove one of the two", first[d]))
		default:
			first[d] = i + 1
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	return list, errors.Join(wrong...)
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)

// parseChannel parses the id of a channel; "" for none.
func parseChannel(text string) (string, error) {
	switch {
	case text == "" || channelID.MatchString(text):
		return text, nil
	case tokenAdvice(text, "") != "":
		return "", problem(tokenAdvice(text, ""))
	}
	return "", formHint("Slack shows it at the bottom of the channel's details")
}
