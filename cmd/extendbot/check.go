package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"extendbot/bot/slackapi"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/oxhost"
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

// checks prints the result of each check and counts those that failed.
type checks struct {
	out    io.Writer
	failed int
}

// report prints one line: the result, or the error with what to do.
func (c *checks) report(name, result string, err error) {
	if err != nil {
		c.failed++
		c.print("FAILED", name, err.Error())
		return
	}
	c.print("ok", name, result)
}

// print prints one line, whatever is in the text.
func (c *checks) print(word, name, text string) {
	line := strings.ReplaceAll(name+": "+text, "\n", "; ")
	fmt.Fprintf(c.out, "%-7s %s\n", word, visibleLines(line))
}

// check tries everything that serve needs at the start, and prints each result.
func check(ctx context.Context, s settings.Settings, term terminal) error {
	c := &checks{out: term.out}
	c.report("settings", "complete", nil)
	for _, warning := range s.Warnings {
		c.print("note", "settings", warning)
	}
	c.print("ok", "keys", fmt.Sprintf("signs with %s, accepts %s", s.ApprovalKeys.ID(), strings.Join(s.ApprovalKeys.IDs(), ", ")))
	database, notes, err := checkDatabase(ctx, s)
	c.report("database", database, err)
	for _, note := range notes {
		c.print("note", "database", note)
	}
	c.checkProbes(ctx, s)
	who, clock, err := checkSlack(ctx, s)
	c.report("slack", fmt.Sprintf("workspace %s (%s), bot %s", who.Team, who.TeamID, who.UserID), err)
	for _, scope := range who.AbsentScopes() {
		c.print("note", "slack", fmt.Sprintf("without the scope %s, %s; to change that, add the scope and install the app again", scope.Name, scope.Without))
	}
	if err == nil {
		c.checkUserGroups(ctx, s)
		c.checkReminders(ctx, s)
	}
	if err == nil || clock != nil {
		c.report("clock", "agrees with Slack's", clock)
	}
	c.checkAccounts(ctx, s)
	if c.failed > 0 {
		return fmt.Errorf("%d of the checks failed", c.failed)
	}
	return nil
}

// checkProbes tries to listen on HTTP_ADDR. That a serving extendbot does so is no
// failure.
func (c *checks) checkProbes(ctx context.Context, s settings.Settings) {
	if s.HTTPAddr == "" {
		c.print("note", "HTTP_ADDR", "is empty, so there is no /healthz, /readyz, or /metrics")
		return
	}
	err := service.TryListen(ctx, s.HTTPAddr)
	if errors.Is(err, syscall.EADDRINUSE) && extendbotAnswers(ctx, s.HTTPAddr) {
		c.print("note", "HTTP_ADDR", "another extendbot listens on "+s.HTTPAddr+" now")
		return
	}
	c.report("HTTP_ADDR", s.HTTPAddr, err)
}

// checkAccounts tries the key with each account of the policy, once.
func (c *checks) checkAccounts(ctx context.Context, s settings.Settings) {
	accounts, err := accounts(s)
	if err != nil { // the file was changed after the settings were read
		c.report("POLICY_FILE", "", err)
	}
	for _, account := range accounts {
		balance, err := checkAccount(ctx, s, account)
		c.report("0xhost account "+account, balance, err)
	}
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
		return "", fmt.Errorf("%s: %w", accountHint(err), err)
	case !a.Active:
		return "", errors.New("the account is not active at 0xhost: activate it there, or let another account pay")
	}
	return fmt.Sprintf("%s, balance %s %s", a.Username, order.FormatAmount(decimal.NewNullDecimal(a.Balance)), s.Currency), nil
}

// accountHint says what to do about an account that could not be read.
func accountHint(err error) string {
	failed, ok := errors.AsType[*oxhost.ReadError](err)
	switch {
	case ok && (failed.Status == http.StatusUnauthorized || failed.Status == http.StatusForbidden):
		return "0xhost refuses the key: check OXHOST_API_KEY"
	case ok && failed.Err == nil:
		return "check the account's id in the policy, and that the key in OXHOST_API_KEY may use it"
	default:
		return "0xhost cannot be reached: check OXHOST_API_URL and the network"
	}
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
	if _, err := get(ctx, s.HTTPAddr, "/healthz"); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "ok")
	return err
}

// extendbotAnswers reports whether the process that listens on addr is an
// extendbot.
func extendbotAnswers(ctx context.Context, addr string) bool {
	metrics, err := get(ctx, addr, "/metrics")
	return err == nil && strings.Contains(metrics, "extendbot_ready")
}

// get requests a path of the process that listens on addr, and returns the
// beginning of its answer.
func get(ctx context.Context, addr, path string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "0" {
		return "", usageError{errors.New("--health needs an HTTP_ADDR with a port")}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, service.ReadyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return "", err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // without a proxy
	res, err := direct.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", path, res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return string(body), err
}
