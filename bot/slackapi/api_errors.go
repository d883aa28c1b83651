package slackapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/netcause"
)

// Class says what to do about an error of Slack's Web API.
type Class int

// The classes. The zero value is for a code that is not listed: repeating the
// call will not help.
const (
	ClassOther       Class = iota
	ClassRateLimited       // wait and repeat: nothing happened
	ClassUncertain         // it may have happened
	ClassChannel           // the bot can never post to this channel
	ClassPerson            // the bot cannot reach this person
	ClassGone              // the message or thread is not there or cannot be changed
	ClassMalformed         // the message breaks Slack's rules: a mistake of the bot
	ClassPermission        // the app lacks a permission
	ClassAuth              // the token is no good
)

// Error is the error of one call of the Web API.
type Error struct {
	Method     string
	Code       string // Slack's, one of package netcause, or "http_<status>"
	Class      Class
	RetryAfter time.Duration // how long to wait, for ClassRateLimited
	Details    []string      // Slack's details for developers

	unsent bool           // provably nothing was sent
	cause  netcause.Cause // why there was no answer; the zero value if there was one
	err    error
}

// Error names the method and the code, and says why there was no answer.
func (e *Error) Error() string {
	if e.cause.Code != "" {
		return fmt.Sprintf("%s: %s (%s)", e.Method, e.Code, e.cause)
	}
	return fmt.Sprintf("%s: %s", e.Method, e.Code)
}

// Unwrap returns slack-go's error, without any URL.
func (e *Error) Unwrap() error { return e.err }

// ClassOf returns the class of a call's error, or ClassOther for any other
// error.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ClassOther
}

// CodeOf returns Slack's code in a call's error, or "" for any other error.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Rejected reports whether Slack rejected a call, so that nothing was shown and
// trying again will not help. A missing permission does not count, because it
// can be granted.
func Rejected(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Class {
	case ClassRateLimited, ClassUncertain, ClassAuth, ClassPermission:
		return false
	default:
		return true
	}
}

// classify turns an error of slack-go into an Error.
func classify(method string, err error) *Error {
	e := &Error{Method: method, err: withoutURL(err), Class: ClassUncertain}
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		e.Code, e.Class, e.Details = said.Err, classes[said.Err], said.ResponseMetadata.Messages
		if said.Needed != "" {
			e.Details = append(e.Details, "needed: "+said.Needed)
		}
		e.RetryAfter = defaultRetryAfter
		return e
	}
	if limit, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		e.Code, e.Class, e.RetryAfter = "ratelimited", ClassRateLimited, limit.RetryAfter
		return e
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		e.Code = fmt.Sprintf("http_%d", status.Code)
		// Slack refuses a response_url with a status. To a method it answers 200 with a
		// code: any other status comes from something in between, and can go away.
		if method == methodRespond && status.Code/100 == 4 && status.Code != http.StatusRequestTimeout {
			e.Class = ClassOther
		}
		return e
	}
	e.cause = netcause.Of(err)
	if isJSON(err) {
		e.cause = netcause.Cause{Code: codeNotJSON, Words: "the answer is not Slack's", Fix: "a proxy may have sent it"}
	}
	if errors.Is(err, errIncomplete) {
		e.cause = netcause.Cause{Code: codeIncomplete, Words: "the answer lacks what Slack always sends", Fix: "a proxy may have sent it"}
	}
	e.Code = e.cause.Code
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		e.unsent = true
	}
	return e
}

// The codes for an answer that cannot be decoded, and for one that can, but does
// not say what was done.
const (
	codeNotJSON    = "not_json"
	codeIncomplete = "incomplete"
)

var errIncomplete = errors.New("slack's answer is incomplete")

// complete returns err, or an error if the answer lacks the id of what was shown.
// slack-go takes an answer without an error code for a success, whatever else it
// contains.
func complete(id string, err error) error {
	if err == nil && id == "" {
		return errIncomplete
	}
	return err
}

// isJSON reports whether err comes from decoding an answer.
func isJSON(err error) bool {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, shape := errors.AsType[*json.UnmarshalTypeError](err)
	return syntax || shape
}

// LabelOf returns the code of a call's error as a label: one of a closed set that
// holds nothing from outside. It returns "" for any other error.
func LabelOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.label()
	}
	return ""
}

// label returns the code as a label of metrics. The labels are few, although
// Slack can invent codes: they are the codes that this package knows, and
// "other".
func (e *Error) label() string {
	if _, known := classes[e.Code]; known || slices.Contains(netcause.Codes(), e.Code) {
		return e.Code
	}
	if _, known := authFixes[e.Code]; known {
		return e.Code
	}
	if status, ok := errors.AsType[slack.StatusCodeError](e.err); ok && http.StatusText(status.Code) != "" {
		return e.Code
	}
	switch e.Code {
	case codeNotJSON, codeIncomplete, codeNotSlack, CodeSocketModeOff, CodeLinkDisabled, CodeTooMany, codeDisconnected, codeBadHandshake:
		return e.Code
	default:
		return "other"
	}
}

// classes lists Slack's error codes with their classes. The codes that mean that
// a token cannot be used are in auth_error.go.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
var classes = map[string]Class{
	"ratelimited":  ClassRateLimited,
	"rate_limited": ClassRateLimited,

	"internal_error":      ClassUncertain,
	"fatal_error":         ClassUncertain,
	"service_unavailable": ClassUncertain,
	"request_timeout":     ClassUncertain,
	"team_added_to_org":   ClassUncertain,

	"not_in_channel":                           ClassChannel,
	"channel_not_found":                        ClassChannel,
	"is_archived":                              ClassChannel,
	"is_inactive":                              ClassChannel,
	"restricted_action":                        ClassChannel,
	"restricted_action_read_only_channel":      ClassChannel,
	"restricted_action_thread_only_channel":    ClassChannel,
	"restricted_action_non_threadable_channel": ClassChannel,
	"restricted_action_thread_locked":          ClassChannel,
	"ekm_access_denied":                        ClassChannel,
	"messages_tab_disabled":                    ClassChannel,
	"cannot_reply_to_message":                  ClassChannel,
	"team_not_found":                           ClassChannel,

	"user_not_in_channel": ClassPerson,
	"user_not_found":      ClassPerson,
	"user_not_visible":    ClassPerson,
	"user_disabled":       ClassPerson,

	"message_not_found":   ClassGone,
	"cant_update_message": ClassGone,
	"edit_window_closed":  ClassGone,
	"thread_not_found":    ClassGone,

	"invalid_blocks":                 ClassMalformed,
	"invalid_blocks_format":          ClassMalformed,
	"msg_blocks_too_long":            ClassMalformed,
	"msg_too_long":                   ClassMalformed,
	"no_text":                        ClassMalformed,
	"invalid_arguments":              ClassMalformed,
	"metadata_too_large":             ClassMalformed,
	"invalid_metadata_format":        ClassMalformed,
	"invalid_metadata_schema":        ClassMalformed,
	"metadata_must_be_sent_from_app": ClassMalformed,
	"view_too_large":                 ClassMalformed,

	"hash_conflict":         ClassOther,
	"not_enabled":           ClassOther, // the Home tab is off
	"exchanged_trigger_id":  ClassOther,
	"expired_trigger_id":    ClassOther,
	"invalid_trigger_id":    ClassOther,
	"plan_upgrade_required": ClassOther, // the workspace has no user groups

	"missing_scope":           ClassPermission,
	"not_allowed_token_type":  ClassPermission,
	"no_permission":           ClassPermission,
	"access_denied":           ClassPermission,
	"team_access_not_granted": ClassPermission,

	"invalid_auth":       ClassAuth,
	"not_authed":         ClassAuth,
	"account_inactive":   ClassAuth,
	"token_revoked":      ClassAuth,
	"token_expired":      ClassAuth,
	"org_login_required": ClassAuth,
}
