package slacksim_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
)

// The hello counts all connections of the app, including those of other
// processes.
func TestHello_CountsAllConnections(t *testing.T) {
	s := start(t, slacksim.Config{})
	if n := dial(t, s, "").next(t, "hello")["num_connections"]; n != 1.0 {
		t.Errorf("first connection: num_connections %v", n)
	}
	s.SetNumConnectionsOffset(4)
	hello := dial(t, s, "&debug_reconnects=true").next(t, "hello")
	if n := hello["num_connections"]; n != 6.0 {
		t.Errorf("second connection: num_connections %v", n)
	}
	if life := hello["debug_info"].(map[string]any)["approximate_connection_time"]; life != 360.0 {
		t.Errorf("debug_reconnects: lifetime %v", life)
	}
	if app := hello["connection_info"].(map[string]any)["app_id"]; app != s.AppID() {
		t.Errorf("app_id %v", app)
	}
	if s.Opens() != 2 {
		t.Errorf("%d opens", s.Opens())
	}
}

// A ticket opens one connection.
func TestTicket_GoodOnce(t *testing.T) {
	s := start(t, slacksim.Config{})
	_, url, err := client(s).StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusSwitchingProtocols, http.StatusForbidden} {
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
		if resp == nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
		if ws != nil {
			_ = ws.Close()
		}
	}
}

// An eleventh connection is refused with too_many_websockets.
func TestConnections_EleventhIsRefused(t *testing.T) {
	s := start(t, slacksim.Config{})
	for range 10 {
		dial(t, s, "").next(t, "hello")
	}
	eleventh := dial(t, s, "")
	if r := eleventh.next(t, "disconnect")["reason"]; r != slacksim.ReasonTooMany {
		t.Errorf("reason %v", r)
	}
	<-eleventh.ended
	if n := len(s.Connections()); n != 10 {
		t.Errorf("%d connections", n)
	}
}

// A connection that got a warning still delivers envelopes until it closes.
func TestDisconnect_WarnedConnectionStillAcks(t *testing.T) {
	s := start(t, slacksim.Config{WarningGrace: time.Hour})
	l := dial(t, s, "")
	l.next(t, "hello")
	s.Connections()[0].Disconnect(slacksim.ReasonWarning)
	l.next(t, "disconnect")
	got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
	l.ack(t, l.next(t, "slash_commands")["envelope_id"], nil)
	if o := <-got; o.err != nil {
		t.Errorf("command on the warned connection: %v", o.err)
	}
}

// A connection that got a warning closes after its grace period.
func TestDisconnect_EndsAfterGrace(t *testing.T) {
	s := start(t, slacksim.Config{WarningGrace: 200 * time.Millisecond})
	l := dial(t, s, "")
	l.next(t, "hello")
	at := time.Now()
	s.Connections()[0].Disconnect(slacksim.ReasonWarning)
	l.next(t, "disconnect")
	<-l.ended
	if !websocket.IsCloseError(l.err, websocket.CloseNormalClosure) || time.Since(at) < 200*time.Millisecond {
		t.Errorf("closed after %v with %v", time.Since(at), l.err)
	}
}

// A connection that was told to disconnect gets no envelopes while there is
// another one.
func TestDisconnect_LeavingGetsNoEnvelopes(t *testing.T) {
	s := start(t, slacksim.Config{RefreshGrace: time.Minute})
	old := dial(t, s, "")
	old.next(t, "hello")
	young := dial(t, s, "")
	young.next(t, "hello")
	if err := s.WaitConnections(within(t), 2); err != nil {
		t.Fatal(err)
	}
	s.Connections()[0].Disconnect(slacksim.ReasonRefresh)
	for range 4 {
		got := background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) })
		young.ack(t, young.next(t, "slash_commands")["envelope_id"], nil)
		if o := <-got; o.err != nil || o.d.Conn != 2 {
			t.Errorf("%+v", o)
		}
	}
}

// slack-go reconnects after a disconnect, whatever its reason.
func TestDisconnect_SlackGoReconnects(t *testing.T) {
	for _, reason := range []string{
		slacksim.ReasonWarning, slacksim.ReasonRefresh, slacksim.ReasonDisabled, slacksim.ReasonTooMany,
	} {
		t.Run(reason, func(t *testing.T) {
			s := start(t, slacksim.Config{})
			runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
			first := s.Connections()[0]
			first.Disconnect(reason)
			wantReconnect(t, s, first)
		})
	}
}

// slack-go reconnects after a reset.
func TestKill_SlackGoReconnects(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	first := s.Connections()[0]
	first.Kill()
	wantReconnect(t, s, first)
}

// wantReconnect waits for the second connection and sends a command over it.
func wantReconnect(t *testing.T, s *slacksim.Server, first *slacksim.Conn) {
	t.Helper()
	<-first.Closed()
	if err := s.WaitConnections(within(t), 1); err != nil {
		t.Fatal(err)
	}
	if d, err := s.Command(within(t), extend); err != nil || d.Conn != 2 {
		t.Errorf("%+v, %v", d, err)
	}
}

// A frozen connection gets its share of envelopes and never acks.
func TestFreeze_TakesEnvelopesNeverAcks(t *testing.T) {
	t.Parallel() // it waits for two timeouts, which must be long enough for the other acks
	s := start(t, slacksim.Config{AckTimeout: 2 * time.Second})
	runBot(t, s, 2, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	frozen := s.Connections()[0]
	frozen.Freeze()
	var all []<-chan outcome
	for range 4 {
		all = append(all, background(t, func(ctx context.Context) (*slacksim.Delivery, error) { return s.Command(ctx, extend) }))
	}
	var lost, answered int
	for _, got := range all {
		switch o := <-got; {
		case o.err == nil && o.d.Conn != frozen.ID:
			answered++
		case errors.Is(o.err, slacksim.ErrOperationTimeout) && o.d.Conn == frozen.ID:
			lost++
		default:
			t.Errorf("%+v", o)
		}
	}
	if lost != 2 || answered != 2 || frozen.Envelopes() != 2 || len(s.Connections()) != 2 {
		t.Errorf("lost %d, answered %d, given %d, connections %d", lost, answered, frozen.Envelopes(), len(s.Connections()))
	}
	frozen.Kill()
	if _, err := s.Command(within(t), extend); err != nil {
		t.Error(err)
	}
}

// Connections are pinged.
func TestConnections_ArePinged(t *testing.T) {
	s := start(t, slacksim.Config{PingInterval: 10 * time.Millisecond})
	l := dial(t, s, "")
	for range 3 {
		select {
		case <-l.pings:
		case <-within(t).Done():
			t.Fatal("no ping")
		}
	}
}

// slack-go gives up a connection without pings.
func TestSilence_SlackGoReconnects(t *testing.T) {
	s := start(t, slacksim.Config{PingInterval: 20 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	sm := socketmode.New(client(s), socketmode.OptionPingInterval(300*time.Millisecond))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = sm.RunContext(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	var first *slacksim.Conn
	until(t, "connected", func() bool { // it may give one up earlier, if pings are late
		if all := s.Connections(); len(all) > 0 {
			first = all[0]
		}
		return first != nil
	})
	first.Silence()
	select {
	case <-first.Closed():
	case <-within(t).Done():
		t.Fatal("the client kept the silent connection")
	}
}

// A handshake can be refused.
func TestFault_RefusedHandshake(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.Fail("ws", slacksim.Fault{Status: http.StatusConflict}, 1)
	_, url, err := client(s).StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
	if err == nil || resp == nil || resp.StatusCode != http.StatusConflict {
		t.Fatalf("handshake: %v", err)
	}
	_ = resp.Body.Close()
	dial(t, s, "").next(t, "hello")
}

// A connection without a hello gets no envelopes.
func TestFault_NoHelloNoEnvelopes(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.Fail("hello", slacksim.Fault{Before: slacksim.Hang}, 1)
	dial(t, s, "")
	if _, err := s.Command(within(t), extend); !errors.Is(err, slacksim.ErrDispatchFailed) {
		t.Errorf("%v", err)
	}
}

// Close ends waiting calls and may be called twice.
func TestClose_EndsWaits(t *testing.T) {
	s, err := slacksim.Start(slacksim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() {
		_, err := s.WaitMessage(context.Background(), "C0OPS", func(slacksim.Message) bool { return true })
		waited <- err
	}()
	s.Fail("auth.test", slacksim.Fault{Before: slacksim.Hang}, 1)
	hung := make(chan error, 1)
	go func() {
		_, err := client(s).AuthTestContext(context.Background())
		hung <- err
	}()
	if _, err := s.WaitCall(within(t), "auth.test", func(slacksim.Call) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waited; !errors.Is(err, slacksim.ErrClosed) {
		t.Errorf("WaitMessage: %v", err)
	}
	if err := <-hung; err == nil {
		t.Error("the hung call succeeded")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
