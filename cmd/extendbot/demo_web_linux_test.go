package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"extendbot/internal/service/servicetest"
)

// startWeb runs "demo --web" as a process of its own. It returns that process, and the number
// of its bot, which the page shows.
func startWeb(t *testing.T) (demo *exec.Cmd, bot int) {
	t.Helper()
	demo = exec.CommandContext(t.Context(), os.Args[0], "demo", "--web") //nolint:gosec // this test binary
	demo.Env = []string{runMain + "=1", "TMPDIR=" + t.TempDir()}
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(line)
	if err != nil || url == "" {
		t.Fatalf("it says %q, %v", line, err)
	}
	found := regexp.MustCompile(`as process (\d+)`).FindStringSubmatch(pageAt(t, url))
	if found == nil {
		t.Fatal("the page does not say which process the bot is")
	}
	bot, err = strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return demo, bot
}

// pageAt returns what is at an address.
func pageAt(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, answer.StatusCode, err)
	}
	return string(body)
}

// The bot ends with the demo, even if that is killed, and ^C is no failure.
func TestDemo_BotEndsWithIt(t *testing.T) {
	t.Parallel()
	for _, s := range []os.Signal{os.Interrupt, os.Kill} {
		demo, pid := startWeb(t)
		bot, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := demo.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if err := demo.Wait(); (err != nil) != (s == os.Kill) {
			t.Errorf("after %s: %v", s, err)
		}
		ended := 0
		for err = unix.EINTR; errors.Is(err, unix.EINTR); {
			ended, err = unix.Poll([]unix.PollFd{{Fd: int32(bot), Events: unix.POLLIN}}, int(servicetest.Patience.Milliseconds())) //nolint:gosec // a small number
		}
		if err != nil || ended != 1 {
			t.Errorf("after %s, the bot has not ended: %v", s, err)
		}
		if err := unix.Close(bot); err != nil {
			t.Error(err)
		}
	}
}

// The page is served until the user stops it, at the address that they choose.
func TestDemo_WebUntilStopped(t *testing.T) {
	t.Parallel()
	read, write := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code <- execute(ctx, []string{"demo", "--web", "localhost:0"}, terminal{in: strings.NewReader(""), out: write, err: &errs})
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if page := pageAt(t, regexp.MustCompile(`http://\S+/`).FindString(line)); !strings.Contains(page, "#ops") {
		t.Errorf("the page is %s", page)
	}
	stop()
	if got := <-code; got != exitOK || errs.Len() > 0 {
		t.Errorf("exit code %d: %s", got, &errs)
	}
}
