package message

import (
	"errors"
	"strings"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// What is wrong with a field of the form. These texts are plain: Slack shows no markup
// there.
const (
	FormNoTime      = "Write for how long, such as 5d, 1d 12h, or until friday 18:00."
	FormTwoTimes    = "There is a time above as well. Choose “Another time” there, or clear this."
	FormTwoReasons  = "The time has a reason as well. Write it only here."
	FormNoChannel   = "Choose a channel."
	FormNoDuration  = "Choose how long."
	FormNeedsPeople = "Others have to approve this. Choose a channel where they can see it."
)

// FormProblem returns on which field of the form something is wrong, and what, in plain
// text. v is what is in the form.
func FormProblem(err error, v FormValues, a RefusalView) (field, text string) {
	time := FieldDuration
	if v.Duration == FormOther {
		time = FieldCustom
	}
	if usage, ok := errors.AsType[*UsageError](err); ok {
		return time, usage.formText(v.Server)
	}
	e := order.Error{Code: order.CodeOf(err)}
	if coded, ok := errors.AsType[*order.Error](err); ok {
		e = *coded
	}
	a.Server, a.Retype, a.Admins = v.Server, nil, nil
	switch e.Code {
	case order.CodeBadHours, order.CodeNoExpiry, order.CodeRunsLonger:
		limit := a.Limit
		if e.MaxHours > 0 {
			limit = e.MaxHours
		}
		problem, _ := timeProblem(mrkdwn.Code(v.Server, maxArg), limit, e)
		return time, mrkdwn.Unmarked(problem)
	case order.CodeOverLimit:
		return time, mrkdwn.Unmarked(limitProblem(a, e) + fitsText(a, e))
	case order.CodeNeedsChannel:
		return FieldChannel, FormNeedsPeople
	case order.CodeAsked, order.CodeDuplicate:
		return FieldServer, askedProblem(e)
	case order.CodeUnavailable:
		return FieldServer, "I cannot record anything right now. Try again in a minute."
	default:
		return FieldServer, mrkdwn.Unmarked(Refusal(err, a).Text)
	}
}

// formText says what is wrong with the time in a form, and what would work. A command
// would name the server.
func (e *UsageError) formText(server string) string {
	text := mrkdwn.Unmarked(e.sentence())
	var times []string
	for _, try := range e.Try {
		times = append(times, strings.TrimPrefix(try, server+" "))
	}
	if len(times) == 0 {
		return text
	}
	return text + " Try " + mrkdwn.Visible(strings.Join(times, ", or ")) + "."
}

// fitsText names the hours that fit into a limit now.
func fitsText(a RefusalView, e order.Error) string {
	if e.Limit == nil {
		return ""
	}
	if fits := e.Limit.Fits(a.Order); fits > 0 {
		return " " + shortTime(fits) + " would fit."
	}
	return ""
}

// askedProblem says that there is such an order already, and where.
func askedProblem(e order.Error) string {
	if e.Order == nil {
		return "You already asked for this."
	}
	text := "You already asked to extend " + e.Order.Server.Label() + " by " + e.Order.ShortTime()
	if e.Code == order.CodeAsked {
		return text + ", and its card still waits where you asked."
	}
	return text + " with this form. Open it again for another order."
}
