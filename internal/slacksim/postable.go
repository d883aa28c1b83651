package slacksim

import "strings"

// postable finds the conversation that chat.postMessage means, if the bot may post
// there. A user's id means the direct messages with them.
func (s *Server) postable(target string) (*channel, error) {
	w := &s.world
	if strings.HasPrefix(target, "U") || strings.HasPrefix(target, "W") {
		// Slack does not say what a post to a deactivated user gives.
		if u, ok := w.users[target]; !ok || u.Deleted {
			return nil, refuse("channel_not_found")
		}
		ch, _ := w.openDM(target)
		return ch, nil
	}
	ch := w.channelNamed(target)
	if ch == nil || ch.Private && !ch.members[w.bot] {
		return nil, refuse("channel_not_found")
	}
	switch {
	case ch.Archived:
		return nil, refuse("is_archived")
	case !ch.members[w.bot] && !s.hasScope("chat:write.public"):
		return nil, refuse("not_in_channel")
	case ch.ReadOnly:
		return nil, refuse("restricted_action_read_only_channel")
	}
	return ch, nil
}

// threadFor turns a thread_ts argument into the thread to post in. A parent that
// was deleted makes Slack post outside the thread, without a word.
func (c *channel) threadFor(ts string) (string, error) {
	if ts == "" {
		return "", nil
	}
	switch parent := c.byTS[ts]; {
	case parent == nil:
		return "", refuse("thread_not_found")
	case parent.Deleted:
		return "", nil
	case parent.ThreadTS != "" && parent.ThreadTS != parent.TS:
		return "", refuse("cannot_reply_to_message")
	}
	return ts, nil
}
