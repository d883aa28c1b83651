package oxhost

import (
	"context"
	"net/url"

	"github.com/shopspring/decimal"
)

// Account is the part of a 0xhost customer's data that the bot uses. The
// personal data in 0xhost's answer is not decoded.
type Account struct {
	Username string
	Balance  decimal.Decimal // in the currency of the account; may be negative
	Active   bool            // false if suspended, or if 0xhost did not say
}

// infoUserJSON is the answer of info_user.
type infoUserJSON struct {
	envelope
	User optionalObject[userJSON] `json:"user"`
}

// userJSON is a customer, without the personal data.
type userJSON struct {
	Username scalar `json:"username"`
	Balance  scalar `json:"balance"`
	IsActive scalar `json:"isActive"`
}

// Account reads an account by its id: GET info_user. Every error is a
// [*ReadError]. An answer without a balance is an error.
func (c *Client) Account(ctx context.Context, account string) (Account, error) {
	var a infoUserJSON
	if err := c.read(ctx, "info_user", url.Values{"user_id": {account}}, &a); err != nil {
		return Account{}, err
	}
	balance, err := a.User.value.Balance.money("balance")
	if err == nil && !balance.Valid {
		err = &decodeError{"balance", "is missing"}
	}
	if err != nil {
		return Account{}, &ReadError{Op: "info_user", Err: err}
	}
	return Account{
		Username: c.decoder.cleanText(a.User.value.Username),
		Balance:  balance.Decimal,
		Active:   a.User.value.IsActive.isTrue(),
	}, nil
}

// Balance reads what an account has left, see [Client.Account].
func (c *Client) Balance(ctx context.Context, account string) (decimal.Decimal, error) {
	a, err := c.Account(ctx, account)
	return a.Balance, err
}
