package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"extendbot/bot/slackapi"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/ledger"
)

// checkTimeout is how long each call of check may take.
const checkTimeout = 15 * time.Second

func checkCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the settings: database, Slack, and 0xhost; nothing is ordered",
		Args:  noArgs,
	}
	health := cmd.Flags().Bool("health", false, "only check that the serving process is alive, for container health checks")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *health {
			return checkHealth(cmd.Context(), term.out)
		}
		s, err := settings.Load()
		if err != nil {
			return err
		}
		return check(cmd.Context(), s, term)
	}
	return cmd
}

// check tries the database, Slack, and each account, and prints each result.
func check(ctx context.Context, s settings.Settings, term terminal) error {
	var failed []error
	report := func(name, result string, err error) {
		if err != nil {
			failed = append(failed, err)
			fmt.Fprintf(term.out, "FAILED  %s: %v\n", name, err)
			return
		}
		fmt.Fprintf(term.out, "ok      %s: %s\n", name, result)
	}
	report("settings", "complete", nil)
	database, notes, err := checkDatabase(ctx, s)
	report("database", database, err)
	for _, note := range notes {
		fmt.Fprintf(term.out, "note    database: %s\n", note)
	}
	who, clock, err := checkSlack(ctx, s)
	report("slack", fmt.Sprintf("workspace %s (%s), bot %s", who.Team, who.TeamID, who.UserID), err)
	if err == nil || clock != nil {
		report("clock", "agrees with Slack's", clock)
	}
	accounts, err := accounts(s)
	if err != nil { // the file was changed after the settings were read
		report("POLICY_FILE", "", err)
	}
	for _, account := range accounts {
		balance, err := checkAccount(ctx, s, account)
		report("0xhost account "+account, balance, err)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of the checks failed", len(failed))
	}
	return nil
}

// checkDatabase tries to open the database as serve does, and returns what to
// know about it.
func checkDatabase(ctx context.Context, s settings.Settings) (result string, notes []string, err error) {
	found, err := ledger.TryOpen(ctx, ledger.Config{URL: s.Database.Reveal()})
	if err != nil {
		return "", found.Warnings, fmt.Errorf("%s: %w", databaseSetting, err)
	}
	result, notes = s.Database.String(), found.Warnings
	switch {
	case found.New:
		result += " does not exist yet; the first start creates it"
	case found.Older:
		result += " belongs to an older version; the next start brings it up to date"
	}
	if found.InUse {
		notes = append(notes, "another extendbot is serving it now")
	}
	return result, notes, nil
}

// checkSlack asks Slack who the bot is and checks that it may open connections.
// It also compares the clocks.
func checkSlack(ctx context.Context, s settings.Settings) (who slackapi.Identity, clock, err error) {
	client := slackapi.New(slackapi.Config{
		AppToken: s.SlackAppToken, BotToken: s.SlackBotToken, APIURL: s.SlackAPIURL,
	})
	defer client.Close()
	if who, err = client.Identify(ctx, checkTimeout); err == nil {
		err = client.TryOpen(ctx)
	}
	return who, client.CheckClock(), err
}

func checkAccount(ctx context.Context, s settings.Settings, account string) (string, error) {
	client, err := service.NewOxhost(s, version)
	if err != nil {
		return "", err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	a, err := client.Account(ctx, account)
	switch {
	case err != nil:
		return "", err
	case !a.Active:
		return "", errors.New("the account is not active at 0xhost")
	}
	return fmt.Sprintf("%s, balance %s %s", a.Username, a.Balance, s.Currency), nil
}

// accounts returns the ids of the accounts that pay, each once.
func accounts(s settings.Settings) ([]string, error) {
	rules, err := service.NewRules(s, nil)
	if err != nil {
		return nil, err
	}
	return rules.Accounts()
}

// checkHealth requests /healthz of the process that serves with the same
// HTTP_ADDR.
func checkHealth(ctx context.Context, out io.Writer) error {
	s, err := settings.LoadSome("HTTP_ADDR")
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.HTTPAddr)
	if err != nil || port == "0" {
		return usageError{errors.New("--health needs an HTTP_ADDR with a port")}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, service.ReadyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("/healthz answered %s", res.Status)
	}
	_, err = fmt.Fprintln(out, "ok")
	return err
}
