package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/shopspring/decimal"

	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/order"
	"extendbot/oxhost"
)

// accounts tries the key with each account of the policy, once. What is wrong for all of
// them is reported once.
func (r *run) accounts(ctx context.Context) {
	accounts, err := accountsOf(r.Settings)
	if err != nil { // the file was changed after the settings were read
		r.report("POLICY_FILE", "", err)
	}
	for _, account := range accounts {
		balance, err := r.account(ctx, account)
		if forAll(err) {
			r.report("0xhost", "", fmt.Errorf("%s: %w", AccountHint(err), err))
			return
		}
		if _, ok := errors.AsType[*oxhost.ReadError](err); ok {
			err = fmt.Errorf("%s: %w", AccountHint(err), err)
		}
		r.report("0xhost account "+account, balance, err)
	}
}

// accountsOf returns the ids of the accounts that pay, each once.
func accountsOf(s settings.Settings) ([]string, error) {
	rules, err := service.NewRules(s, nil)
	if err != nil {
		return nil, err
	}
	return rules.Accounts()
}

// account returns the name of an account and its balance.
func (r *run) account(ctx context.Context, account string) (string, error) {
	client, err := service.NewOxhost(r.Settings, r.Version)
	if err != nil {
		return "", err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	a, err := client.Account(ctx, account)
	if err != nil {
		return "", err
	}
	if !a.Active {
		return "", errInactive
	}
	return fmt.Sprintf("%s, balance %s %s", a.Username, order.FormatAmount(decimal.NewNullDecimal(a.Balance)), r.Settings.Currency), nil
}

var errInactive = errors.New("the account is not active at 0xhost: activate it there, or let another account pay")

// forAll reports whether err, from reading an account, says nothing of that account.
func forAll(err error) bool {
	failed, ok := errors.AsType[*oxhost.ReadError](err)
	return ok && (failed.Err != nil || failed.Status == http.StatusUnauthorized || busy(failed))
}

// busy reports whether 0xhost could not answer at that time.
func busy(failed *oxhost.ReadError) bool {
	return failed.Status == http.StatusTooManyRequests || failed.Status >= http.StatusInternalServerError
}

// AccountHint says what to do about an account that could not be read.
func AccountHint(err error) string {
	failed, ok := errors.AsType[*oxhost.ReadError](err)
	switch {
	case ok && (failed.Status == http.StatusUnauthorized || failed.Status == http.StatusForbidden):
		return "0xhost refuses the key: check OXHOST_API_KEY, and, if the key is bound to IP addresses, that this machine's is one of them"
	case ok && busy(failed):
		return "0xhost cannot answer now: try again later"
	case ok && failed.Err == nil:
		return "check the account's id in the policy, and that the key in OXHOST_API_KEY may use it"
	default:
		return "0xhost cannot be reached, or something else answers there: check OXHOST_API_URL and the network"
	}
}
