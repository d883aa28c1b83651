package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
)

// chatted runs the chat on these lines and gives what it showed.
func chatted(t *testing.T, lines ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	term := terminal{in: strings.NewReader(strings.Join(lines, "\n") + "\n"), out: &out, err: &errs}
	if code := execute(t.Context(), []string{"demo"}, term); code != exitOK || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s\n%s", code, &errs, &out)
	}
	return out.String()
}

// chattedOn runs the chat likewise, on a stage that was prepared for it.
func chattedOn(t *testing.T, prepare func(*stage), lines ...string) string {
	t.Helper()
	in := newInbox()
	d, err := newDemo(t.Context(), in.config(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	prepare(d.stage)
	var out bytes.Buffer
	c := &chat{demo: d, screen: screenFor(&out, d.stage), out: &out, inbox: in, patience: demoPatience, who: stageAlice}
	err = c.run(t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if err := errors.Join(err, d.close()); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// wantInOrder wants to find texts one after the other.
func wantInOrder(t *testing.T, in string, texts ...string) {
	t.Helper()
	rest := in
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Fatalf("%q is missing, or not in its place:\n%s", text, in)
		}
		rest = after
	}
}

func TestDemoChatShowsTheChannelAsSlackWould(t *testing.T) {
	t.Parallel()
	got := chatted(t, "/extend web-1 24", "confirm", "books", "quit", "never read")
	wantInOrder(t, got,
		"alice> /extend web-1 24\n\n  extendbot  ",
		"  │ 🕒 Extend web-1 by 24 hours (1 day)?\n",
		"  │ Server:                    web-1 (a6bbde9c)\n",
		"  │ Asked by:                  @alice\n",
		"  │ [ Confirm 24 hours ]  [ Cancel ]\n",
		"alice> confirm\n",
		"(edited)\n  │ ✅ Extended web-1 by 24 hours (1 day)\n",
		"\n      extendbot  ", "(in the thread of ", "      │ ✅ Receipt\n", "      │ Amount:           0.43 EUR\n",
		"alice> books\n\n  0xhost charged   for", "0.43 EUR         24 hours of vm-web   alice           3328.78 → 3328.35 EUR",
		"alice has 3328.35 EUR.\n", "alice> quit\n")
	if regexp.MustCompile(`\x1b|<@|<!date|&lt;|never read`).MatchString(got) {
		t.Errorf("it shows markup or colours, or reads on after quit:\n%s", got)
	}
}

func TestDemoChatChangesPersonAndPressesTheNewestCard(t *testing.T) {
	t.Parallel()
	got := chatted(t, "confirm", "/extend web-1 1", "/extend web-1 2", "as bob", "confirm", "AS @alice", "cancel", "cancel", "cancel",
		"as mallory", "/extend web-1 24", "as eve", "show")
	wantInOrder(t, got,
		"alice> confirm\n  There is no card to decide on",
		"bob> confirm\n", "(only visible to you)\n  │ Only @alice, who asked for it",
		"alice> cancel\n", "🛑 Cancelled: extend web-1 by 2 hours",
		"alice> cancel\n", "🛑 Cancelled: extend web-1 by 1 hour",
		"alice> cancel\n  There is no card to decide on",
		"mallory> /extend web-1 24\n", "(only visible to you)\n  │ You are not on the list", "`U0MALLORY`",
		"mallory> as eve\n  There are alice, bob and mallory here.",
		"mallory> show\n", "# ops", "🛑 Cancelled: extend web-1 by 1 hour", "🛑 Cancelled: extend web-1 by 2 hours",
		"You are not on the list")
}

func TestDemoChatLetsTheHostFail(t *testing.T) {
	t.Parallel()
	// What is lost would be found in the list after five seconds.
	hidden := func(s *stage) { s.oxhost.SetListing(oxhostsim.Listing{Hidden: true}) }
	got := chattedOn(t, hidden, "show", "fail", "fail refuse", "/extend web-1 1", "confirm", "fail lost", "/extend web-1 2", "confirm", "/extend web-1 3", "books", "show")
	wantInOrder(t, got,
		"#ops is empty", "fail refuse, fail lost or fail slow",
		"0xhost will refuse", "❌ Did not go through: extend web-1 by 1 hour", "`Server is being migrated`",
		"its answer will be lost", "❓ Outcome unknown: extend web-1 by 2 hours", "      │ ❓ Outcome unknown",
		"alice> /extend web-1 3\n", "has to be settled first",
		"0.04 EUR", "alice> show\n", "    extendbot", "❓ Outcome unknown")
}

func TestDemoChatHelpsWithEverythingElse(t *testing.T) {
	t.Parallel()
	got := chatted(t, "", "help", "extend", "/extend", "/extend "+strings.Repeat("x", 10_000))
	wantInOrder(t, got, "alice> \nalice> help\n", "/extend web-1 24", "fail lost",
		`I do not know "extend"`, "Your servers: `db-1`, `web-1`", "too long for a command")
}

func TestDemoChatEndsCleanlyWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	keyboard, typing := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	var out, errs bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- execute(ctx, []string{"demo"}, terminal{in: keyboard, out: &out, err: &errs}) }()
	if _, err := io.WriteString(typing, "help\n"); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if got := <-code; got != exitOK || errs.Len() > 0 {
		t.Errorf("exit code %d, %s", got, &errs)
	}
	_ = typing.Close()
}

func TestDemoLeavesNoDirectoryBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	chatted(t, "/extend web-1 1", "confirm")
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDemoChatSaysThatTheBotEnded(t *testing.T) {
	t.Parallel()
	in := newInbox()
	d, err := newDemo(t.Context(), in.config(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	d.stop()
	<-d.ended
	keyboard, typing := io.Pipe()
	defer func() { _ = typing.Close() }()
	c := &chat{demo: d, screen: screenFor(io.Discard, d.stage), out: io.Discard, inbox: in, who: stageAlice}
	if err := c.run(t.Context(), keyboard); err == nil || !strings.Contains(err.Error(), "the bot ended") {
		t.Errorf("it ended with %v", err)
	}
}
