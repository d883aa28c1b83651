package slacksim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// The bot can post where it is a member and posting is allowed. Elsewhere it
// gets Slack's error.
func TestPostMessage_WhereTheBotMayPost(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddUser(slacksim.User{ID: "U0GONE", Deleted: true})
	s.AddChannel(slacksim.Channel{ID: "C0OUT", Name: "out"})
	s.AddChannel(slacksim.Channel{ID: "C0SECRET", Private: true})
	s.AddChannel(slacksim.Channel{ID: "C0OLD", Archived: true})
	s.AddChannel(slacksim.Channel{ID: "C0NEWS", ReadOnly: true})
	s.Join("C0OLD", s.BotUserID())
	s.Join("C0NEWS", s.BotUserID())
	for channel, want := range map[string]string{
		"C0OPS": "", "#ops": "", "ops": "",
		"C0NONE": "channel_not_found", "": "channel_not_found", "C0OUT": "not_in_channel",
		"C0SECRET": "channel_not_found", "C0OLD": "is_archived", "C0NEWS": "restricted_action_read_only_channel",
		"U0ALICE": "", "U0NONE": "channel_not_found", "U0GONE": "channel_not_found",
	} {
		if got := code(post(t, s, channel)); got != want {
			t.Errorf("%s: %q, want %q", channel, got, want)
		}
	}
	s.Leave("C0OPS", s.BotUserID())
	if got := code(post(t, s, "C0OPS")); got != "not_in_channel" {
		t.Errorf("after leaving: %q", got)
	}
}

// With chat:write.public, the bot can post to public channels without being a
// member.
func TestPostMessage_PublicScope(t *testing.T) {
	s := start(t, slacksim.Config{Scopes: append(slacksim.DefaultScopes(), "chat:write.public")})
	s.AddChannel(slacksim.Channel{ID: "C0OUT"})
	if err := post(t, s, "C0OUT"); err != nil {
		t.Error(err)
	}
}

// A post to a user's id goes to the direct messages with that user.
func TestPostMessage_ToAUser(t *testing.T) {
	s := start(t, slacksim.Config{})
	channel, ts, err := client(s).PostMessageContext(t.Context(), "U0ALICE", slack.MsgOptionText("hi", false))
	if err != nil || !strings.HasPrefix(channel, "D") || channel != s.DirectChannel("U0ALICE") {
		t.Fatalf("%s, %v", channel, err)
	}
	if _, ok := s.Message(channel, ts); !ok {
		t.Error("the message is not in the direct messages")
	}
	_, _, _, err = client(s).UpdateMessageContext(t.Context(), "U0ALICE", ts, slack.MsgOptionText("x", false))
	if code(err) != "channel_not_found" {
		t.Errorf("an update needs the D id: %v", err)
	}
}

// An invalid message is refused with Slack's error.
func TestPostMessage_Refusals(t *testing.T) {
	s := start(t, slacksim.Config{})
	for body, want := range map[string]string{
		`"text":""`:                                    "no_text",
		`"text":"x","thread_ts":"1.000001"`:            "thread_not_found",
		`"text":"x","metadata":"{"`:                    "invalid_metadata_format",
		`"text":"x","metadata":{"event_type":1}`:       "invalid_metadata_format",
		`"text":"x","metadata":{"event_type":"order"}`: "invalid_metadata_schema",
		`"text":"x","metadata":{"event_type":"order","event_payload":{"x":"` + strings.Repeat("x", 9000) + `"}}`: "metadata_too_large",
	} {
		got := call(t, s, "chat.postMessage", jsonT, s.BotToken(), `{"channel":"C0OPS",`+body+`}`)
		if got["error"] != want {
			t.Errorf("%.60s: %v, want %s", body, got["error"], want)
		}
	}
}

// Replies go to their thread; a wrong parent is an error.
func TestPostMessage_Threads(t *testing.T) {
	s := start(t, slacksim.Config{})
	api := client(s)
	reply := func(ts string) (slack.Message, error) {
		_, _, m, err := api.PostMessageWithResponseContext(t.Context(), "C0OPS", slack.MsgOptionText("reply", false), slack.MsgOptionTS(ts))
		return m, err
	}
	_, parent, err := api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionText("parent", false))
	if err != nil {
		t.Fatal(err)
	}
	in, err := reply(parent)
	if err != nil || in.ThreadTimestamp != parent {
		t.Fatalf("%+v, %v", in.Msg, err)
	}
	if _, err := reply(in.Timestamp); code(err) != "cannot_reply_to_message" {
		t.Errorf("reply to a reply: %v", err)
	}
	msgs, _, _, err := api.GetConversationRepliesContext(t.Context(), &slack.GetConversationRepliesParameters{ChannelID: "C0OPS", Timestamp: parent})
	if err != nil || len(msgs) != 2 || msgs[0].ReplyCount != 1 || msgs[1].Text != "reply" {
		t.Errorf("%+v, %v", msgs, err)
	}
	if err := s.DeleteMessage("C0OPS", parent); err != nil {
		t.Fatal(err)
	}
	if out, err := reply(parent); err != nil || out.ThreadTimestamp != "" {
		t.Errorf("reply to a deleted parent: %+v, %v", out.Msg, err)
	}
	if got := s.Thread("C0OPS", parent); len(got) != 1 {
		t.Errorf("%d replies", len(got))
	}
}

// Metadata is returned to those who request it.
func TestPostMessage_Metadata(t *testing.T) {
	s := start(t, slacksim.Config{})
	api := client(s)
	meta := slack.SlackMetadata{EventType: "order", EventPayload: map[string]any{"version": 3.0}}
	_, ts, err := api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionText("x", false), slack.MsgOptionMetadata(meta))
	if err != nil {
		t.Fatal(err)
	}
	for _, all := range []bool{true, false} {
		msgs, _, _, err := api.GetConversationRepliesContext(t.Context(), &slack.GetConversationRepliesParameters{
			ChannelID: "C0OPS", Timestamp: ts, IncludeAllMetadata: all,
		})
		if err != nil || len(msgs) != 1 || (msgs[0].Metadata.EventPayload["version"] == 3.0) != all {
			t.Errorf("all=%v: %+v, %v", all, msgs, err)
		}
	}
}

// chat.update and chat.delete work only on the app's own messages.
func TestUpdate_Message(t *testing.T) {
	s := start(t, slacksim.Config{})
	api := client(s)
	meta := slack.SlackMetadata{EventType: "order", EventPayload: map[string]any{"version": 1.0}}
	_, ts, err := api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionText("old", false),
		slack.MsgOptionBlocks(card("old", "v")...), slack.MsgOptionMetadata(meta))
	if err != nil {
		t.Fatal(err)
	}
	update := func(ts string, opts ...slack.MsgOption) string {
		_, _, _, err := api.UpdateMessageContext(t.Context(), "C0OPS", ts, opts...)
		return code(err)
	}
	if got := update(ts, slack.MsgOptionText("new", false), slack.MsgOptionBlocks(card("new", "v")...)); got != "" {
		t.Error(got)
	}
	if m, _ := s.Message("C0OPS", ts); m.Text != "new" || !strings.Contains(m.Flat(), "new") || m.Metadata == nil || m.Edits != 1 {
		t.Errorf("%+v", m)
	}
	if got := update(ts, slack.MsgOptionText("text alone", false)); got != "" {
		t.Error(got)
	}
	if m, _ := s.Message("C0OPS", ts); m.Blocks != nil || len(m.Buttons()) != 0 {
		t.Errorf("text alone left the blocks: %s", m.Blocks)
	}
	said, err := s.Say("C0OPS", "U0ALICE", "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	for ts, want := range map[string]string{said.TS: "cant_update_message", "1.000001": "message_not_found"} {
		if got := update(ts, slack.MsgOptionText("x", false)); got != want {
			t.Errorf("%s: %q, want %q", ts, got, want)
		}
	}
	for n, want := range map[int]string{4000: "", 4001: "msg_too_long"} {
		if got := update(ts, slack.MsgOptionText(strings.Repeat("ä", n), false)); got != want {
			t.Errorf("%d characters: %q", n, got)
		}
	}
	if _, _, err := api.DeleteMessageContext(t.Context(), "C0OPS", ts); err != nil {
		t.Error(err)
	}
	if got := update(ts, slack.MsgOptionText("x", false)); got != "message_not_found" {
		t.Errorf("update of a deleted message: %q", got)
	}
	if err := s.WaitDeleted(within(t), "C0OPS", ts); err != nil {
		t.Error(err)
	}
}

// An ephemeral can be posted only to members of the channel.
func TestPostEphemeral_NeedsMember(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddChannel(slacksim.Channel{ID: "C0OUT"})
	for _, c := range []struct{ channel, user, want string }{
		{"C0OPS", "U0ALICE", ""}, {"C0OPS", "U0BOB", "user_not_in_channel"},
		{"C0OPS", "U0NONE", "user_not_in_channel"}, {"C0OUT", "U0ALICE", "not_in_channel"},
	} {
		_, err := client(s).PostEphemeralContext(t.Context(), c.channel, c.user, slack.MsgOptionText("psst", false))
		if code(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if e := s.Ephemerals("U0ALICE"); len(e) != 1 || e[0].Source != slacksim.SourcePost || e[0].Flat() != "psst" {
		t.Errorf("%+v", e)
	}
}

// The app sees public channels and those of which it is a member.
func TestConversations_AsTheAppSeesThem(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddChannel(slacksim.Channel{ID: "C0SHARED", ExtShared: true})
	s.AddChannel(slacksim.Channel{ID: "C0SECRET", Private: true})
	api := client(s)
	info := func(id string) (*slack.Channel, error) {
		return api.GetConversationInfoContext(t.Context(), &slack.GetConversationInfoInput{ChannelID: id})
	}
	if ch, err := info("C0OPS"); err != nil || ch.Name != "ops" || !ch.IsMember || ch.IsExtShared {
		t.Errorf("%+v, %v", ch, err)
	}
	if ch, err := info("C0SHARED"); err != nil || !ch.IsExtShared || ch.IsMember {
		t.Errorf("%+v, %v", ch, err)
	}
	if _, err := info("C0SECRET"); code(err) != "channel_not_found" {
		t.Errorf("a private one: %v", err)
	}
	ch, _, open, err := api.OpenConversationContext(t.Context(), &slack.OpenConversationParameters{Users: []string{"U0BOB"}, ReturnIM: true})
	if err != nil || open || ch.ID != s.DirectChannel("U0BOB") || ch.User != "U0BOB" {
		t.Errorf("%+v, %v", ch, err)
	}
	_, _, _, err = api.OpenConversationContext(t.Context(), &slack.OpenConversationParameters{Users: []string{"U0NONE"}})
	if code(err) != "user_not_found" {
		t.Errorf("open with nobody: %v", err)
	}
	members, _, err := api.GetUsersInConversationContext(t.Context(), &slack.GetUsersInConversationParameters{ChannelID: "C0OPS"})
	if err != nil || fmt.Sprint(members) != "[U0ALICE U0BOT]" {
		t.Errorf("%v, %v", members, err)
	}
}

// The history comes in pages, newest message first.
func TestHistory_PagesNewestFirst(t *testing.T) {
	s := start(t, slacksim.Config{})
	for i := range 5 {
		if _, err := s.Say("C0OPS", "U0ALICE", fmt.Sprint(i), ""); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	p := &slack.GetConversationHistoryParameters{ChannelID: "C0OPS", Limit: 2}
	for {
		r, err := client(s).GetConversationHistoryContext(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Messages {
			got += m.Text
		}
		if !r.HasMore {
			break
		}
		p.Cursor = r.ResponseMetaData.NextCursor
	}
	if got != "43210" {
		t.Errorf("got %s", got)
	}
}

// People and user groups are listed as Slack does.
func TestUsers_PeopleAndGroups(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddUser(slacksim.User{ID: "U0EVE", TeamID: "T0OTHER", IsStranger: true, IsUltraRestricted: true})
	s.AddUsergroup(slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0ALICE", "U0BOB"}})
	s.AddUsergroup(slacksim.Usergroup{ID: "S0OLD", Disabled: true})
	api := client(s)
	if u, err := api.GetUserInfoContext(t.Context(), "U0EVE"); err != nil || u.TeamID != "T0OTHER" || !u.IsStranger || !u.IsUltraRestricted {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := api.GetUserInfoContext(t.Context(), "U0NONE"); code(err) != "user_not_found" {
		t.Errorf("%v", err)
	}
	if m, err := api.GetUserGroupMembersContext(t.Context(), "S0FIN"); err != nil || len(m) != 2 {
		t.Errorf("%v, %v", m, err)
	}
	for _, id := range []string{"S0NONE", "S0OLD"} {
		if _, err := api.GetUserGroupMembersContext(t.Context(), id); code(err) != "no_such_subteam" {
			t.Errorf("%s: %v", id, err)
		}
	}
	if g, err := api.GetUserGroupsContext(t.Context(), slack.GetUserGroupsOptionIncludeUsers(true)); err != nil || len(g) != 1 || len(g[0].Users) != 2 {
		t.Errorf("%+v, %v", g, err)
	}
}
