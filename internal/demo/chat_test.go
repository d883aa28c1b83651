package demo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// chatted runs the chat on these lines and returns what it showed.
func chatted(t *testing.T, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Chat(t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"), &out, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// chattedOn does the same on a stage changed by prepare.
func chattedOn(t *testing.T, prepare func(*stage.Stage), lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	c, err := newChat(&out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	prepare(c.Stage)
	c.moved = c.patience // every move in these tests makes something arrive
	err = c.run(t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if err := errors.Join(err, c.close()); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// wantInOrder fails the test unless the text contains these texts in this order.
func wantInOrder(t *testing.T, in string, texts ...string) {
	t.Helper()
	rest := in
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Fatalf("%q is missing, or not in this order:\n%s", text, in)
		}
		rest = after
	}
}

// The chat shows command, card, changes, thread and charges as they arrive,
// without markup, and ends at quit. What follows /extend is the bot's to read.
func TestChat_ShowsTheChannel(t *testing.T) {
	t.Parallel()
	got := chatted(t, "/extend web-1 24", "confirm", "details", "charges", "quit", "never read")
	wantInOrder(t, got,
		"alice> /extend web-1 24\n\n  extendbot  ", "web-1", "24 hours (1 day)", "@alice", "[ Confirm 24 hours ]  [ Cancel ]\n",
		"alice> confirm\n",
		"\n      extendbot  ", "(in the thread of ", "0.43 EUR", "[ Details ]",
		"alice> details\n", "(only visible to you)", "192.168.100.102",
		"alice> charges\n\n  0xhost charged   for", "0.43 EUR         24 hours of vm-web   alice           3328.78 → 3328.35 EUR",
		"alice has 3328.35 EUR.\n", "alice> quit\n")
	// The card and its thread change independently of each other.
	wantInOrder(t, got, "alice> confirm\n", "(edited)\n  │ ✅", "alice> details\n")
	if regexp.MustCompile(`\x1b|<@|<!date|<http|&lt;|never read`).MatchString(got) {
		t.Errorf("the output has markup or colors, or the chat continued after quit:\n%s", got)
	}
}

// "as" changes the person. "confirm" and "cancel" click the newest card with
// that button.
func TestChat_PeopleAndButtons(t *testing.T) {
	t.Parallel()
	got := chatted(t, "confirm", "/extend web-1 1", "/extend web-1 2", "as bob", "confirm", "AS @alice", "cancel", "cancel", "cancel",
		"details", "again", "as carol", "as mallory", "/extend web-1 24", "as eve", "show")
	wantInOrder(t, got,
		"alice> confirm\n  There is no card to decide on",
		"bob> confirm\n", "(only visible to you)\n  │", "@alice",
		"alice> cancel\n", "(edited)\n  │ 🛑", "2 hours",
		"alice> cancel\n", "(edited)\n  │ 🛑", "1 hour",
		"alice> cancel\n  There is no card to decide on",
		"alice> details\n  There is no receipt", "alice> again\n  There is no order that can be asked for again",
		"alice> as carol\n  You are carol. You order nothing.",
		"mallory> /extend web-1 24\n", "(only visible to you)\n  │", "`U0MALLORY`",
		"mallory> as eve\n  The people here are alice, bob, carol, dave and mallory.",
		"mallory> show\n", "# ops", "🛑", "1 hour", "🛑", "2 hours", "`U0MALLORY`")
}

// Others approve and decline. A modal takes the next line, or closes.
func TestChat_Approvals(t *testing.T) {
	t.Parallel()
	got := chatted(t, "why", "/extend db-1 1", "as dave", "approve", "as carol", "approve",
		"/extend approvals", "as alice", "/extend db-1 2 weeks", "as dave", "approve", "y", "as carol", "decline", "no *budget*",
		"as alice", "/extend db-1 2", "as carol", "Decline", "", "as alice", "/extend db-1 3", "decline", "confirm")
	wantInOrder(t, got,
		"alice> why\n  There is no decline to explain",
		"alice> /extend db-1 1\n", "Needs @carol (`databases`)", "[ Approve 1 hour ]  [ Decline ]\n",
		"dave> approve\n", "(only visible to you)", "@carol",
		"carol> approve\n", "(in the thread of", "1 hour",
		"carol> /extend approvals\n", "(only visible to you)",
		"alice> /extend db-1 2 weeks\n", "@leads (`long`)",
		"dave> approve\n", "Slack asks", "dave> y\n", "(edited)", "2 weeks", "✓ @dave", "[ Approve 2 weeks ]",
		"carol> decline\n", "│ Declined\n", "Reason: ____", "[ Post the reason ]  [ No reason ]",
		"carol> no *budget*\n", "`no *budget*`",
		"carol> Decline\n", "[ Post the reason ]  [ No reason ]", "carol> \n", "You pressed [ No reason ].",
		"alice> decline\n", "(edited)", "By @alice", "alice> confirm\n  There is no card")
	if n := strings.Count(got, "│ Declined\n"); n != 2 {
		t.Errorf("%d modals, want 2:\n%s", n, got)
	}
}

// bob runs into the limit: the answer says which one, what is left, and what would fit.
func TestChat_Limit(t *testing.T) {
	t.Parallel()
	got := chatted(t, "as bob", "/extend test-1 3 days", "confirm", "/extend test-1 3 days", "/extend test-1 2d", "charges")
	wantInOrder(t, got,
		"alice> as bob\n  You are bob.", "50 EUR in 24 hours",
		"bob> /extend test-1 3 days\n", "About 30.00 EUR · balance 45.00 → 15.00", "[ Confirm 3 days ]",
		"bob> confirm\n", "(in the thread of",
		"bob> /extend test-1 3 days\n", "(only visible to you)", "limit of 50.00 EUR within 24 hours", "20.00 EUR left", "[ test-1 2d ]",
		"bob> /extend test-1 2d\n", "About 20.00 EUR", "[ Confirm 2 days ]",
		"bob> charges\n", "bob has 15.00 EUR.")
	if n := strings.Count(got, "[ Confirm 3 days ]"); n != 1 {
		t.Errorf("%d cards for 3 days, want 1:\n%s", n, got)
	}
}

// "clock" moves the whole local world, so a reminder of two servers comes without any order.
// Each button is pressed for the server that is named, after Slack asked.
func TestChat_Reminder(t *testing.T) {
	t.Parallel()
	got := chattedOn(t, func(*stage.Stage) {}, "day", "clock", "clock 3 days", "clock -1h", "clock 91d", "/clock +7h", "day web-9", "days web-1",
		"days WEB-2", "n", "days web-2", "y", "day", "y", "as carol", "approve", "as alice", "stop", "clock 3d", "stop", "charges")
	wantInOrder(t, got,
		"alice> day\n  There is no reminder.", "alice> clock\n  It is ", "alice> clock 3 days\n  It is ", "alice> clock -1h\n  It is ", "alice> clock 91d\n  It is ",
		"alice> /clock +7h\n  It is ", " now.\n", "⏰ `db-1` runs out", ", according to the policy\n", "About 2.33 EUR for 1 day", "[ 1 day ]  [ 3 days ]  [ 1 week ]  [ Stop reminding ]\n  │\n",
		"⏰ `web-2` runs out", "[ 1 day ]",
		"alice> day web-9\n  The servers here are", "alice> days web-1\n  There is no reminder.",
		"alice> days WEB-2\n", "Extend web-2 by 3 days?", "Slack asks.", "alice> n\n  Nothing was pressed.",
		"alice> days web-2\n", "alice> y\n", "(in the thread of", "@alice extended `web-2` by 3 days (72 h) for 1.30 EUR",
		"alice> day\n", "Extend db-1 by 1 day?", "alice> y\n", "(in the thread of", "Needs @carol (`databases`)", "[ Approve 1 day ]",
		"carol> approve\n", "@alice extended `db-1` by 1 day (24 h) for 2.33 EUR",
		"alice> stop\n  There is no reminder.",
		"alice> clock 3d\n  It is ", "⏰ `web-2` runs out to", "Last extended by @alice", // today or tomorrow: it depends on the hour
		"alice> stop\n", "(only visible to you)", "No more reminders of `web-2`",
		"alice> charges\n", "1.30 EUR", "72 hours of vm-web-2", "2.33 EUR", "24 hours of vm-db", "alice has 3325.15 EUR")
	if strings.Contains(got, "Nothing more arrived") {
		t.Errorf("the chat waited for something that did not come:\n%s", got)
	}
}

// Declining a card in a reminder's thread asks why, and the reason is in that thread.
func TestChat_ReminderDeclined(t *testing.T) {
	t.Parallel()
	got := chattedOn(t, func(*stage.Stage) {}, "clock 7h", "day db-1", "y", "as carol", "decline", "not needed")
	wantInOrder(t, got, "alice> y\n", "(in the thread of", "[ Decline ]", "carol> decline\n", "[ Post the reason ]",
		"carol> not needed\n", "      │ 🛑 Why @carol declined", "`not needed`")
	if strings.Contains(got, "Nothing more arrived") {
		t.Errorf("the chat waited for something that did not come:\n%s", got)
	}
}

// A card expires when the clock moves over its deadline.
func TestChat_ClockExpiresCards(t *testing.T) {
	t.Parallel()
	got := chattedOn(t, func(*stage.Stage) {}, "/extend web-1 1", "clock 1h", "confirm")
	wantInOrder(t, got, "[ Confirm 1 hour ]", "alice> clock 1h\n", "(edited)", "⌛ Expired", "alice> confirm\n  There is no card")
}

// "elsewhere" buys hours at 0xhost: nobody is reminded of what was extended there. It counts
// if it was bought after the bot first read the policy's expiry, to the second.
func TestChat_BoughtElsewhere(t *testing.T) {
	t.Parallel()
	got := chattedOn(t, func(*stage.Stage) {}, "/extend web-1 1", "clock 1h",
		"elsewhere web-2", "elsewhere web-9 1", "elsewhere web-2 0", "elsewhere web-2 24", "clock 6h", "week web-2", "/extend list", "charges")
	wantInOrder(t, got, "alice> elsewhere web-2\n  Say for which server", "alice> elsewhere web-9 1\n  The servers here are",
		"alice> elsewhere web-2 0\n  0xhost refuses", "alice> elsewhere web-2 24\n  Somebody bought 24 hours",
		"alice> clock 6h\n", "⏰ `db-1` runs out", "alice> week web-2\n  There is no reminder.",
		"alice> /extend list\n", "`web-2` until", "24 hours of vm-web-2", "alice has 3328.35 EUR")
}

// "leads" shows and changes who is in the user group, and "policy" shows the file.
func TestChat_PolicyAndGroup(t *testing.T) {
	t.Parallel()
	got := chatted(t, "leads", "leads bob eve", "leads Bob", "leads", "policy")
	wantInOrder(t, got,
		"alice> leads\n  In @leads: carol, dave.", "alice> leads bob eve\n  The people here are",
		"alice> leads Bob\n  In @leads now: bob.", "alice> leads\n  In @leads: bob.",
		"alice> policy\n", "  web-1: {id: "+stage.Web+", price: \"12.99\"}\n", "  db-1: {id: "+stage.DB+", price: \"69.99\", expires: \"20", "  approvals:\n    - name: databases\n", "approvers: [U0CAROL] # carol\n", "policy.yaml")
}

// post posts a message as the bot.
func post(t *testing.T, s *stage.Stage, to string, what slack.MsgOption) {
	t.Helper()
	api := slack.New(s.Slack.BotToken(), slack.OptionAPIURL(s.Slack.APIURL()))
	if _, _, err := api.PostMessageContext(t.Context(), to, what); err != nil {
		t.Error(err)
	}
}

// A direct message is marked as such, and only its reader has it in the end.
func TestChat_DirectMessages(t *testing.T) {
	t.Parallel()
	prepare := func(s *stage.Stage) { post(t, s, stage.Carol, slack.MsgOptionText("it waits for you", false)) }
	got := chattedOn(t, prepare, "show", "as carol", "show")
	wantInOrder(t, got, "(direct message to @carol)\n  │ it waits for you", "alice> show\n  #ops is empty.",
		"carol> show\n", "direct messages to you\n", "│ it waits for you")
	if n := strings.Count(got, "it waits for you"); n != 2 {
		t.Errorf("it is shown %d times, want 2:\n%s", n, got)
	}
}

// A button that Slack asks about is pressed only after the answer y.
func TestChat_ConfirmationDialog(t *testing.T) {
	t.Parallel()
	prepare := func(s *stage.Stage) {
		text := func(s string) *slack.TextBlockObject {
			return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
		}
		confirm := slack.NewButtonBlockElement("order_confirm", "06ppv9a8-kx3n7d2q", text("Confirm"))
		confirm.Confirm = slack.NewConfirmationBlockObject(text("Extend it again?"), text("It was *extended* already."), text("Extend"), text("Back"))
		post(t, s, stage.Ops, slack.MsgOptionBlocks(slack.NewActionBlock("", confirm)))
	}
	got := chattedOn(t, prepare, "confirm", "n", "confirm", "help", "confirm", "Y")
	asked := []string{"alice> confirm\n\n  │ Extend it again?\n  │ It was *extended* already.\n  │\n  │ [ Extend ]  [ Back ]\n", "Type y to press [ Extend ]"}
	wantInOrder(t, got, slices.Concat(asked, []string{"alice> n\n  Nothing was pressed."},
		asked, []string{"alice> help\n  Nothing was pressed."}, asked, []string{"alice> Y\n", "(only visible to you)"})...)
	if n := strings.Count(got, "only visible to you"); n != 1 {
		t.Errorf("the bot answered %d clicks, want 1:\n%s", n, got)
	}
}

// "fail" makes 0xhost refuse an order or lose its answer.
func TestChat_HostFails(t *testing.T) {
	t.Parallel()
	// Otherwise a lost order would be found in the list after five seconds.
	hidden := func(s *stage.Stage) { s.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) }
	got := chattedOn(t, hidden, "show", "fail", "fail refuse", "/extend web-1 1", "confirm", "fail lost", "/extend web-1 2", "confirm", "/extend web-1 3", "charges", "show")
	wantInOrder(t, got,
		"#ops is empty", "fail refuse, fail lost, fail never",
		"0xhost will refuse", "❌", "1 hour",
		"its answer will be lost", "❓", "2 hours",
		"alice> /extend web-1 3\n", "(only visible to you)",
		"0.04 EUR", "alice> show\n", "    extendbot", "❓")
	// A card and its thread change independently of each other.
	wantInOrder(t, got, "0xhost will refuse", "`Server is being migrated`", "its answer will be lost", "      │ ❓", "alice> /extend web-1 3\n")
}

// A form that somebody opens on the page does not take what is typed into the chat.
func TestChat_FormOfThePage(t *testing.T) {
	t.Parallel()
	for _, user := range []string{stage.Alice, stage.Dave} {
		opened := func(s *stage.Stage) {
			if _, err := s.Slack.Shortcut(t.Context(), user, "extend_server"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Slack.WaitCall(t.Context(), "views.open", func(c slacksim.Call) bool { return c.Done }); err != nil {
				t.Fatal(err)
			}
		}
		got := chattedOn(t, opened, "show", "/extend", "for 3 days", "")
		wantInOrder(t, got, "alice> show\n  #ops is empty.", "alice> /extend\n", "│ Extend a server\n", "alice> for 3 days\n", "How long: 3 days", "You pressed [ Cancel ]")
		if n := strings.Count(got, "Type: server web-2"); n != 1 {
			t.Errorf("the chat took %d forms, want 1:\n%s", n, got)
		}
	}
}

// Help, unknown commands, and commands that the bot explains.
func TestChat_Help(t *testing.T) {
	t.Parallel()
	got := chatted(t, "", "help", "extend", "/extend help", "/extend "+strings.Repeat("x", 10_000))
	wantInOrder(t, got, "alice> \nalice> help\n", "/extend web-1 3 days", "fail lost",
		`Unknown command "extend"`, "(only visible to you)", "`db-1`", "`web-1`", "(only visible to you)")
}

// ^C ends the chat without an error, even while it waits for a line.
func TestChat_Interrupted(t *testing.T) {
	t.Parallel()
	keyboard, typing := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Chat(ctx, keyboard, io.Discard, io.Discard) }()
	if _, err := io.WriteString(typing, "help\n"); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	_ = typing.Close()
}

// Neither chat nor script leaves files in the temporary directory.
func TestChat_RemovesItsDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	chatted(t, "/extend web-1 1", "confirm")
	if _, err := playScenes(t, nil, func(*session) {}); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v was left, error %v", left, err)
	}
}

// The chat ends with an error if the bot does.
func TestChat_BotEnds(t *testing.T) {
	t.Parallel()
	c, err := newChat(io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(); err == nil {
			t.Error("close does not report how the bot ended")
		}
	}()
	if err := c.bot.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-c.crashed.c
	keyboard, typing := io.Pipe()
	defer func() { _ = typing.Close() }()
	if err := c.run(t.Context(), keyboard); err == nil || !strings.Contains(err.Error(), "the bot ended") {
		t.Errorf("it ended with %v", err)
	}
}

// The form opens, is filled in line by line, shows what its choices come to, says what is
// wrong with a field, and becomes a card.
func TestChat_Form(t *testing.T) {
	t.Parallel()
	got := chatted(t, "/extend", "nonsense", "server web-2", "for 3 days", "because of the demo", "ask",
		"shortcut", "server web-9", "server web-1", "for 1d 12h", "ask", "channel ops", "ask", "/extend", "")
	wantInOrder(t, got,
		"alice> /extend\n", "│ Extend a server\n", "Server: ____  (db-1, web-1, web-2)", "[ Ask ]  [ Cancel ]",
		"alice> nonsense\n  The form is open.",
		"alice> server web-2\n", "Server: web-2\n", "alice> for 3 days\n", "How long: 3 days\n", "About 1.30 EUR",
		"alice> because of the demo\n", "of the demo\n", "alice> ask\n", "Because `of the demo`", "[ Confirm 3 days ]",
		"alice> shortcut\n", "Channel for the card: ____", "alice> server web-9\n  The form does not have that choice.",
		"alice> for 1d 12h\n", "How long: Another time\n", "(optional): 1d 12h\n",
		"alice> ask\n  Slack does not submit the form: Channel for the card is required, and empty.",
		"alice> channel ops\n", "Channel for the card: ops\n", "alice> ask\n", "[ Confirm 1 day 12 hours ]",
		"alice> \n  You pressed [ Cancel ].")
}

// A suggestion is pressed, the App Home is shown and used, and the bot is written to.
func TestChat_SuggestionsAndHome(t *testing.T) {
	t.Parallel()
	got := chatted(t, "try", "/extend web-9 3d", "try", "confirm", "/extend web-1", "form", "", "home", "home extend db-1", "for 1 day", "channel ops", "ask",
		"as carol", "home", "home approve", "as alice", "dm web-2 1 day", "mention", "home nonsense")
	wantInOrder(t, got,
		"alice> try\n  There is no such suggestion", "alice> /extend web-9 3d\n", "[ web-1 3 days ]  [ web-2 3 days ]",
		"alice> try\n", "[ Confirm 3 days ]",
		"alice> form\n", "Server: web-1\n", "You pressed [ Cancel ]",
		"alice> home\n", "App Home of alice", "`web-1` until", "[ Extend ]", "1.30 of 50.00 EUR",
		"alice> home extend db-1\n", "Server: db-1\n", "alice> ask\n", "[ Approve 1 day ]",
		"carol> home\n", "App Home of carol", "[ Approve 1 day ]", "carol> home approve\n",
		"alice> dm web-2 1 day\n", "(direct message to @alice)", "[ Confirm 1 day ]",
		"alice> mention\n", "(only visible to you)", "alice> home nonsense\n  Type home,")
	// The bot removes the answer while it posts the card.
	wantInOrder(t, got, "[ web-1 3 days ]  [ web-2 3 days ]", "alice> try\n", "The answer with that button was removed.", "alice> form\n")
}

// A word that is not known is answered with the most similar one, if there is one, and a
// direct message without a word is not sent.
func TestChat_NearestWord(t *testing.T) {
	t.Parallel()
	got := chatted(t, "hom", "aprove", "extend web-1 3d", "xyzzy", "dm", "home")
	wantInOrder(t, got, "alice> hom\n", "Did you mean home?", "Did you mean approve?", "Did you mean /extend?",
		`Unknown command "xyzzy". Type help`, "alice> dm\n  Say what to write to the bot",
		"App Home of alice", "│\n  │ Your last orders\n")
}
