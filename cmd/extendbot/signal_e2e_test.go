package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// built gives the program as users get it.
func (p *play) built() string {
	p.t.Helper()
	binary := filepath.Join(p.t.TempDir(), "extendbot")
	if out, err := exec.CommandContext(p.ctx, "go", "build", "-o", binary, ".").CombinedOutput(); err != nil { //nolint:gosec // a folder of the test
		p.t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// environment holds the play's settings as a user would set them.
func (p *play) environment() map[string]string {
	return map[string]string{
		"LOG_LEVEL": "debug", "HTTP_ADDR": "127.0.0.1:0",
		"SLACK_APP_TOKEN": p.slack.AppToken(), "SLACK_BOT_TOKEN": p.slack.BotToken(), "OXHOST_API_KEY": p.oxhost.APIKey(),
		"ALLOWLIST": stageAlice + ":" + stageAliceAccount, "SERVERS": "web-1:" + stageWeb,
		"DATABASE_URL": p.settings.Database.Reveal(), "SLACK_API_URL": p.slack.APIURL(), "OXHOST_API_URL": p.oxhost.URL(),
	}
}

// child starts the built program with the play's settings in its environment.
func (p *play) child() *exec.Cmd {
	p.t.Helper()
	cmd := exec.CommandContext(p.ctx, p.built()) //nolint:gosec // likewise
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range p.environment() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = p.log
	// A shell lets what it runs in the background ignore interrupts, and so would
	// the child. What this process listens for is as usual in its children.
	listening := make(chan os.Signal, 1)
	signal.Notify(listening, os.Interrupt)
	err := cmd.Start()
	signal.Stop(listening)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.slack.WaitConnections(p.ctx, 2); err != nil {
		p.t.Fatal(err)
	}
	return cmd
}

// askHalf asks the probes of the child and owes them the body of the request,
// so that they do not come to an end with it.
func (p *play) askHalf() {
	p.t.Helper()
	var addr []string
	p.until(func() bool { // what it logs takes its time to get here
		addr = regexp.MustCompile(`addr="(127\.0\.0\.1:\d+)"`).FindStringSubmatch(p.log.String())
		return addr != nil
	}, func() string { return "the child did not log where its probes are" })
	conn, err := (&net.Dialer{}).DialContext(p.ctx, "tcp", addr[1])
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"); err != nil {
		p.t.Fatal(err)
	}
}

func TestSIGTERMEndsTheProgramInTimeWhateverHangs(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{})
	cmd := p.child()

	// The first attempt is never sent; the second one is due work's, and 0xhost
	// takes longer for it than the program has to stop.
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 429}, 1)
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, 1)
	card := p.card(stageAlice, "web-1 24")
	button, _ := card.Button("order_confirm")
	p.click(stageAlice, card, "order_confirm")
	if err := p.oxhost.WaitArrival(p.ctx, 2); err != nil {
		t.Fatal(err)
	}
	p.askHalf()
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	// It takes nine seconds. Had it waited for 0xhost, it would be half a minute.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("stopping took %s", took)
	}

	p.oxhost.Clear(oxhostsim.CreateOrder)
	p.begin()
	p.word(card, "may or may not have been spent")
	if o, err := p.v.ledger.Order(p.ctx, order.ID(button.Value)); err != nil || o.State != order.Unknown {
		t.Errorf("the order is %s (error %v)", o.State, err)
	}
	p.wantCharges(0, 2)
	if strings.Contains(p.log.String(), "panic") {
		t.Error("something panicked")
	}
}

func TestASecondInterruptEndsTheProgramAtOnce(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{})
	cmd := p.child()
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, -1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	if err := p.oxhost.WaitArrival(p.ctx, 1); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	began := time.Now()
	for again := time.NewTicker(50 * time.Millisecond); ; {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-again.C:
			continue
		case err := <-ended:
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v", err)
			}
		}
		break
	}
	if took := time.Since(began); took > stopTimeout {
		t.Errorf("it took %s, as long as a stop in good order", took)
	}
}
