package oxhost_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/order"
	"extendbot/oxhost"
)

// Extends a server by three days, on a simulated 0xhost.
func ExampleClient_ExtendServer() {
	sim, err := oxhostsim.Start(oxhostsim.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = sim.Close() }()
	sim.AddAccount(oxhostsim.Account{ID: "user-1", Balance: decimal.NewFromInt(2), Active: true})
	sim.AddServer(oxhostsim.RentedServer{
		ID: "server-1", Name: "web-1", OwnerID: "user-1",
		ExpireDate: time.Date(2126, 5, 1, 12, 0, 0, 0, time.UTC),
	})

	client, err := oxhost.New(sim.URL(), secret.New(sim.APIKey()), oxhost.WithTimeout(10*time.Second))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	for _, hours := range []order.Hours{72, 720} {
		receipt, err := client.ExtendServer(context.Background(), order.Extension{Account: "user-1", ServerID: "server-1", Hours: hours})
		if failed, ok := errors.AsType[*order.PlaceError](err); ok {
			fmt.Println(failed.Verdict, "-", failed.Reason)
			continue
		}
		fmt.Println(receipt.ServerName, "until", receipt.ExpiresAt.Format(time.DateTime), "for", receipt.Amount.Decimal)
	}
	// Output:
	// web-1 until 2126-05-04 12:00:00 for 1.3
	// refused - Insufficient balance
}
