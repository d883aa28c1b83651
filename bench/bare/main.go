// Command bare is a minimal bot for comparison with extendbot: slack-go and
// net/http, without a disk and without retries.
//
// It reads the settings of extendbot that it needs. An order that it acked is
// lost when the process ends.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

// bot is the whole program.
type bot struct {
	api  *slack.Client
	http *http.Client

	oxhostURL, oxhostKey string
	accounts             map[string]string // by Slack user

	mu     sync.Mutex
	orders map[string]order // orders that wait for a click, by id
	last   int

	work sync.WaitGroup
}

func run(ctx context.Context) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	b := &bot{
		http:      &http.Client{Transport: transport, Timeout: 30 * time.Second},
		oxhostURL: os.Getenv("OXHOST_API_URL"), oxhostKey: os.Getenv("OXHOST_API_KEY"),
		accounts: map[string]string{}, orders: map[string]order{},
	}
	b.api = slack.New(os.Getenv("SLACK_BOT_TOKEN"), slack.OptionAppLevelToken(os.Getenv("SLACK_APP_TOKEN")),
		slack.OptionAPIURL(os.Getenv("SLACK_API_URL")), slack.OptionHTTPClient(b.http))
	for entry := range strings.SplitSeq(os.Getenv("ALLOWLIST"), ",") {
		user, account, _ := strings.Cut(entry, ":")
		b.accounts[user] = account
	}
	connections, err := strconv.Atoi(os.Getenv("SLACK_CONNECTIONS"))
	if err != nil {
		return fmt.Errorf("SLACK_CONNECTIONS: %w", err)
	}
	if _, err := b.api.AuthTestContext(ctx); err != nil {
		return fmt.Errorf("auth.test: %w", err)
	}
	var links sync.WaitGroup
	for range connections {
		client := socketmode.New(b.api)
		links.Go(func() { b.listen(ctx, client) })
		links.Go(func() { _ = client.RunContext(ctx) }) // the error only says that ctx has ended
	}
	links.Wait()
	b.work.Wait()
	return nil
}

// listen handles each envelope in its own goroutine.
func (b *bot) listen(ctx context.Context, client *socketmode.Client) {
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-client.Events:
			b.work.Go(func() { b.handle(ctx, client, event) })
		}
	}
}

func (b *bot) handle(ctx context.Context, client *socketmode.Client, event socketmode.Event) {
	switch data := event.Data.(type) {
	case slack.SlashCommand:
		b.command(ctx, client, event.Request.EnvelopeID, data)
	case slack.InteractionCallback:
		b.click(ctx, client, event.Request.EnvelopeID, data)
	}
}

func (b *bot) ack(ctx context.Context, client *socketmode.Client, envelope string, payload any) {
	if err := client.AckCtx(ctx, envelope, payload); err != nil {
		fmt.Fprintln(os.Stderr, "ack:", err)
	}
}
