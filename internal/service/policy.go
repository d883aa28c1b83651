package service

import (
	"context"
	"sync/atomic"

	"extendbot/auth"
	"extendbot/order"
)

// workspacePolicy is the policy of one workspace. Before bind it allows nothing,
// because the workspace is known only after the bot has connected.
type workspacePolicy struct{ bound atomic.Pointer[auth.Policy] }

func newWorkspacePolicy() *workspacePolicy {
	p := &workspacePolicy{}
	p.bind(&auth.Policy{})
	return p
}

func (p *workspacePolicy) bind(to *auth.Policy) { p.bound.Store(to) }

// Grant implements order.Policy.
func (p *workspacePolicy) Grant(ctx context.Context, who order.Person, server string) (order.Grant, error) {
	return p.bound.Load().Grant(ctx, who, server)
}

// Judge implements order.Policy.
func (p *workspacePolicy) Judge(ctx context.Context, o order.Order) (order.Ruling, error) {
	return p.bound.Load().Judge(ctx, o)
}

// MayApprove implements order.Policy.
func (p *workspacePolicy) MayApprove(ctx context.Context, who order.Person, o order.Order) (order.Ruling, error) {
	return p.bound.Load().MayApprove(ctx, who, o)
}

// MayDecline implements order.Policy.
func (p *workspacePolicy) MayDecline(ctx context.Context, who order.Person, o order.Order) (order.State, error) {
	return p.bound.Load().MayDecline(ctx, who, o)
}

// MaySee implements order.Policy.
func (p *workspacePolicy) MaySee(ctx context.Context, who order.Person, o order.Order) error {
	return p.bound.Load().MaySee(ctx, who, o)
}

// MaySettle implements order.Policy.
func (p *workspacePolicy) MaySettle(ctx context.Context, who order.Person, o order.Order) error {
	return p.bound.Load().MaySettle(ctx, who, o)
}

// Admins lists the people who may settle unknown outcomes.
func (p *workspacePolicy) Admins() []string { return p.bound.Load().Admins() }

// Known returns nil if the policy knows a person, in whatever role.
func (p *workspacePolicy) Known(who order.Person) error {
	err := p.MaySee(context.Background(), who, order.Order{}) // an order that nobody may see
	if order.CodeOf(err) == order.CodeNotFound {
		return nil
	}
	return err
}

// AccountName returns what the policy calls an account at 0xhost, or "".
func (p *workspacePolicy) AccountName(id string) string { return p.bound.Load().AccountName(id) }

// About returns what a server is for, according to the policy.
func (p *workspacePolicy) About(serverID string) string { return p.bound.Load().About(serverID) }

// Servers lists the servers that a person may extend.
func (p *workspacePolicy) Servers(who order.Person) ([]order.Server, error) {
	return p.bound.Load().Servers(who)
}
