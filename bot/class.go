package bot

// class says what an error of Slack's Web API asks for.
type class int

const (
	classOther   class = iota // a code that is not listed: this call will not work
	classAgain                // wait and repeat: nothing happened
	classUnsure               // it may have happened
	classChannel              // not in this channel, ever
	classPerson               // not to this person
	classGone                 // the message or thread is not there or cannot be changed
	classShape                // the message is malformed: the bot's own mistake
	classConfig               // the app lacks a permission
	classAuth                 // the token is no good
)

// classes lists Slack's error codes by what they ask for. It is the only place
// that does, save for what is fatal at the start.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
var classes = map[string]class{
	"ratelimited":  classAgain,
	"rate_limited": classAgain,

	"internal_error":      classUnsure,
	"fatal_error":         classUnsure,
	"service_unavailable": classUnsure,
	"request_timeout":     classUnsure,
	"team_added_to_org":   classUnsure,

	"not_in_channel":                           classChannel,
	"channel_not_found":                        classChannel,
	"is_archived":                              classChannel,
	"is_inactive":                              classChannel,
	"restricted_action":                        classChannel,
	"restricted_action_read_only_channel":      classChannel,
	"restricted_action_thread_only_channel":    classChannel,
	"restricted_action_non_threadable_channel": classChannel,
	"restricted_action_thread_locked":          classChannel,
	"ekm_access_denied":                        classChannel,
	"messages_tab_disabled":                    classChannel,
	"cannot_reply_to_message":                  classChannel,
	"team_not_found":                           classChannel,

	"user_not_in_channel": classPerson,
	"user_not_found":      classPerson,
	"user_not_visible":    classPerson,
	"user_disabled":       classPerson,

	"message_not_found":   classGone,
	"cant_update_message": classGone,
	"edit_window_closed":  classGone,
	"thread_not_found":    classGone,

	"invalid_blocks":                 classShape,
	"invalid_blocks_format":          classShape,
	"msg_blocks_too_long":            classShape,
	"msg_too_long":                   classShape,
	"no_text":                        classShape,
	"invalid_arguments":              classShape,
	"metadata_too_large":             classShape,
	"invalid_metadata_format":        classShape,
	"invalid_metadata_schema":        classShape,
	"metadata_must_be_sent_from_app": classShape,
	"view_too_large":                 classShape,

	"missing_scope":           classConfig,
	"not_allowed_token_type":  classConfig,
	"no_permission":           classConfig,
	"access_denied":           classConfig,
	"team_access_not_granted": classConfig,

	"invalid_auth":       classAuth,
	"not_authed":         classAuth,
	"account_inactive":   classAuth,
	"token_revoked":      classAuth,
	"token_expired":      classAuth,
	"org_login_required": classAuth,
}
