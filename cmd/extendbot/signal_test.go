package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/order"
)

// startProgram starts the program in its own process, with the harness's
// settings in its environment, and waits until it is connected. See TestMain.
func startProgram(h *servicetest.Harness) *exec.Cmd {
	h.T.Helper()
	env := h.Env(h.Settings.Database.Reveal())
	env["LOG_LEVEL"], env["PATH"], env[runMain] = "debug", os.Getenv("PATH"), "1"
	cmd := exec.CommandContext(h.Ctx, os.Args[0]) //nolint:gosec // this test binary
	cmd.Env = stage.Environ(env)
	cmd.Stderr = h.Log
	// A shell makes its background jobs ignore interrupts, and child processes
	// inherit that, but not for signals that this process handles.
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, os.Interrupt)
	err := cmd.Start()
	signal.Stop(handled)
	if err != nil {
		h.T.Fatal(err)
	}
	h.WaitConnections(2)
	return cmd
}

// openHalfRequest sends the program's HTTP server a request without the body
// that it announces, so that the connection stays busy.
func openHalfRequest(h *servicetest.Harness) {
	h.T.Helper()
	var addr []string
	h.WaitUntil(func() bool { // the log of the other process arrives late
		addr = regexp.MustCompile(`addr="(127\.0\.0\.1:\d+)"`).FindStringSubmatch(h.Log.String())
		return addr != nil
	}, func() string { return "the program did not log the address of its probes" })
	conn, err := (&net.Dialer{}).DialContext(h.Ctx, "tcp", addr[1])
	if err != nil {
		h.T.Fatal(err)
	}
	h.T.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"); err != nil {
		h.T.Fatal(err)
	}
}

// waitBaseline waits until the program has recorded the baseline of an order.
func waitBaseline(h *servicetest.Harness, id order.ID) {
	h.T.Helper()
	l, err := ledger.Open(h.Ctx, ledger.Config{URL: h.Settings.Database.Reveal(), Keys: h.Settings.ApprovalKeys})
	if err != nil {
		h.T.Fatal(err)
	}
	h.WaitUntil(func() bool {
		_, err := l.Baseline(h.Ctx, id)
		return err == nil
	}, func() string { return "no baseline was recorded" })
	if err := l.Close(); err != nil {
		h.T.Fatal(err)
	}
}

// SIGTERM ends the program in time, even if 0xhost and an HTTP request hang. The
// order that was being placed has an unknown outcome after the next start.
func TestSignal_SIGTERMWhileHostHangs(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	cmd := startProgram(h)

	// 0xhost throttles the first attempt. The second one, ten seconds later, is due
	// work, and takes longer than the program may take to stop.
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 429}, 1)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	button, _ := card.Button("order_confirm")
	waitBaseline(h, order.ID(button.Value))
	h.Confirm(card)
	if err := h.Oxhost.WaitArrival(h.Ctx, 2); err != nil {
		t.Fatal(err)
	}
	openHalfRequest(h)
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	// It takes nine seconds. Waiting for 0xhost would take half a minute.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("stopping took %s", took)
	}

	h.Oxhost.Clear(oxhostsim.CreateOrder)
	h.Start()
	h.WaitReply(card, "may or may not have been spent")
	if o, err := h.Service.Ledger.Order(h.Ctx, order.ID(button.Value)); err != nil || o.State != order.Unknown {
		t.Errorf("the order is %s (error %v)", o.State, err)
	}
	h.WantCharges(0, 2)
	if strings.Contains(h.Log.String(), "panic") {
		t.Error("something panicked")
	}
}

// A second interrupt ends the program at once.
func TestSignal_SecondInterrupt(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	cmd := startProgram(h)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, -1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	if err := h.Oxhost.WaitArrival(h.Ctx, 1); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	began := time.Now()
	for again := time.NewTicker(50 * time.Millisecond); ; {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
		select {
		case <-again.C:
			continue
		case err := <-ended:
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v", err)
			}
		}
		break
	}
	if took := time.Since(began); took > service.StopTimeout {
		t.Errorf("it took %s, as long as an orderly stop", took)
	}
}

// A signal ends the context with its name as the cause. Not parallel: no other test may get
// the signal.
func TestSignals_Cause(t *testing.T) {
	for sig, name := range stopSignals {
		ctx, stop := withSignals(t.Context())
		if err := syscall.Kill(syscall.Getpid(), sig.(syscall.Signal)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(servicetest.Patience):
			t.Fatal("the signal ended nothing")
		}
		stop()
		if cause := context.Cause(ctx); cause == nil || cause.Error() != name.Error() || errors.Is(cause, context.Canceled) {
			t.Errorf("the cause is %v, want %s", cause, name.Error())
		}
	}
}
