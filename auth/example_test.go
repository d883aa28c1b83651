package auth_test

import (
	"context"
	"errors"
	"fmt"

	"extendbot/auth"
	"extendbot/order"
)

func Example() {
	people, err := auth.ParseAllowlist("U0ALICE:acc-17,U0BOB:acc-17")
	if err != nil {
		fmt.Println(err)
		return
	}
	servers, err := auth.ParseServers("web-1:4f3c,db-1:9a1b")
	if err != nil {
		fmt.Println(err)
		return
	}
	policy := auth.NewRules(people, servers).ForTeam("T0TEAM", nil)
	alice := order.Person{Team: "T0TEAM", User: "U0ALICE"}

	grant, _ := policy.Grant(context.Background(), alice, "Web-1")
	fmt.Println(grant.Server.Name, grant.Server.ID, grant.Account)

	_, err = policy.Grant(context.Background(), alice, "web1")
	if e, ok := errors.AsType[*order.Error](err); ok {
		fmt.Println(e.Code, e.Near)
	}

	bob := order.Person{Team: "T0TEAM", User: "U0BOB"}
	asked := order.Order{Person: alice, Account: grant.Account, Server: grant.Server}
	_, err = policy.MayApprove(context.Background(), bob, asked)
	fmt.Println(order.CodeOf(err))
	// Output:
	// web-1 4f3c acc-17
	// unknown_server [web-1]
	// not_yours
}
