package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sirupsen/logrus"

	"extendbot/internal/settings"
	"extendbot/order"
)

// logStart logs with what the service starts.
func (v *Service) logStart(s settings.Settings, b Build) {
	size, err := v.rules.Size()
	if err != nil {
		v.log.WithError(err).Warn("the policy changed while it was read")
	}
	fields := logrus.Fields{
		"version": b.Version, "database": s.Database.String(), "connections": s.SlackConnections,
		"people": size.People, "groups": size.Groups, "servers": size.Servers, "admins": size.Admins,
		"approval_rules": size.Approvals, "limits": size.Limits,
	}
	if b.Revision != "" {
		fields["revision"] = b.Revision
	}
	if _, others, err := v.rules.AllServers(); err == nil && others {
		fields["servers"] = "any"
	}
	v.log.WithFields(fields).Info("starting")
}

// logStop logs why the service stopped, and which orders the next start continues. asked is
// why it was asked to stop, and err why it could not continue; one of them is nil.
func (v *Service) logStop(asked, err error) {
	log := v.log.WithField("unfinished_orders", v.unfinishedOrders())
	switch {
	case err != nil:
		log.WithField("reason", err.Error()).Error("stopped: it cannot continue")
	case errors.Is(asked, context.Canceled):
		log.Info("stopped")
	default:
		log.WithField("reason", fmt.Sprint(asked)).Info("stopped")
	}
}

// unfinishedOrders says how many orders of the ledger are approved but have no known outcome.
// It does not wait for a database that is known not to work.
func (v *Service) unfinishedOrders() string {
	const notKnown = "not known"
	if l := v.ready.current(); l != nil && l.wrong[partDatabase] != "" {
		return notKnown
	}
	ctx, cancel := v.stop.closing()
	defer cancel()
	count, err := v.Ledger.CountHolding(ctx)
	if err != nil {
		return notKnown
	}
	var parts []string
	for _, state := range order.States() {
		if n := count[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
