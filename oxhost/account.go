package oxhost

import (
	"context"
	"net/url"

	"github.com/shopspring/decimal"
)

// Account is what may be known of a 0xhost customer. 0xhost tells more;
// personal data is dropped.
type Account struct {
	Username string
	Balance  decimal.Decimal
	Active   bool // false if suspended, or if 0xhost did not say
}

// Account asks what an account has: GET info_user. Every error is an [*Error];
// an answer without a balance is one.
func (c *Client) Account(ctx context.Context, userID string) (Account, error) {
	var a accountAnswer
	if err := c.read(ctx, "info_user", url.Values{"user_id": {userID}}, &a); err != nil {
		return Account{}, err
	}
	balance, err := a.User.value.Balance.money("balance")
	if err == nil && !balance.Valid {
		err = &decodeError{"balance", "is missing"}
	}
	if err != nil {
		return Account{}, &Error{Op: "info_user", Err: err}
	}
	return Account{
		Username: c.decoder().words(a.User.value.Username, maxName),
		Balance:  balance.Decimal,
		Active:   a.User.value.IsActive.yes(),
	}, nil
}
