package service_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/ledger"
)

// daily matches the mark that is logged once a day.
var daily = regexp.MustCompile(`msg="the ledger was verified".* mark=(\S+)`)

// The ledger is verified after each midnight, whenever the service started. The mark in
// the log is that of orders verify, and a difference is logged and counted.
func TestLedger_VerifiedDaily(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		// The bubble begins at midnight, and the service ten minutes before it.
		h.Options = append(h.Options, service.WithWallClock(func() time.Time { return time.Now().Add(-10 * time.Minute) }))
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Confirm(card)
		h.WaitReply(card, servicetest.Receipt)
		wantGauge(h, "extendbot_ledger_differences", "", math.NaN())
		servicetest.Pass(10 * time.Minute)
		if daily.MatchString(h.Log.String()) {
			h.T.Error("the ledger was verified before what happened until midnight can be expected to be committed")
		}
		servicetest.Pass(2 * time.Minute)
		logged := daily.FindAllStringSubmatch(h.Log.String(), -1)
		if len(logged) != 1 {
			h.T.Fatalf("%d marks were logged", len(logged))
		}
		mark, err := ledger.ParseMark(logged[0][1])
		if err != nil || !mark.Until.Equal(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) {
			h.T.Fatalf("mark %s: %v", logged[0][1], err)
		}
		proof, err := h.Service.Ledger.Verify(h.Ctx, mark.Until, func(d ledger.Difference) error { h.T.Error(d); return nil })
		if err != nil || proof.Digest != mark.Digest {
			h.T.Errorf("orders verify has the digest %s (%v), logged was %s", proof.Digest, err, mark.Digest)
		}
		wantGauge(h, "extendbot_ledger_differences", "", 0)
	})
}

// What was changed in the database is found by the next daily verification.
func TestLedger_DailyFindsAChange(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Options = append(h.Options, service.WithWallClock(func() time.Time { return time.Now().Add(-10 * time.Minute) }))
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Confirm(card)
		h.WaitReply(card, servicetest.Receipt)
		h.Exec("UPDATE orders SET hours = 25, channel = 'C0OTHER'")
		servicetest.Pass(12 * time.Minute)
		wantGauge(h, "extendbot_ledger_differences", "", 2)
		for _, want := range []string{"hours is 25, but 24 in its history", "the ledger was verified, and differs from what the program recorded"} {
			if !strings.Contains(h.Log.String(), want) {
				h.T.Errorf("%q was not logged", want)
			}
		}
	})
}
