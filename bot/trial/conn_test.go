package trial

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"extendbot/bot/slackapi"
	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const alice = "U0ALICE"

// newSim starts a simulated Slack and returns a client for it.
func newSim(t *testing.T, config slacksim.Config) (*slacksim.Server, *slackapi.Client) {
	t.Helper()
	server, err := slacksim.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	server.AddUser(slacksim.User{ID: alice})
	api := slackapi.New(slackapi.Config{BotToken: secret.New(server.BotToken()), AppToken: secret.New(server.AppToken()), APIURL: server.APIURL()})
	t.Cleanup(api.Close)
	return server, api
}

// Connect says which app the token is of and how many other connections that has. After
// Close, Slack counts the connection no more.
func TestConnect_SaysHello(t *testing.T) {
	t.Parallel()
	server, api := newSim(t, slacksim.Config{AppID: "A0THIS"})
	server.SetNumConnectionsOffset(3)
	conn, err := Connect(t.Context(), api)
	if err != nil || conn.Hello != (Hello{AppID: "A0THIS", Others: 3}) {
		t.Fatalf("%+v, %v", conn, err)
	}
	conn.Close()
	if err := server.WaitConnections(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

// What Slack refuses has the code that says what to do about it.
func TestConnect_NamesTheFailure(t *testing.T) {
	t.Parallel()
	for want, arrange := range map[string]func(*slacksim.Server){
		slackapi.CodeSocketModeOff: func(s *slacksim.Server) { s.Fail("apps.connections.open", slacksim.NotSwitchedOn(), 1) },
		"bad_handshake":            func(s *slacksim.Server) { s.Fail("ws", slacksim.Fault{Status: 403}, 1) },
		"reset":                    func(s *slacksim.Server) { s.Fail("hello", slacksim.Fault{Before: slacksim.Reset}, 1) },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			server, api := newSim(t, slacksim.Config{})
			arrange(server)
			if _, err := Connect(t.Context(), api); slackapi.CodeOf(err) != want {
				t.Errorf("%v has the code %q", err, slackapi.CodeOf(err))
			}
		})
	}
}

// What makes the app-level token useless names its setting.
func TestConnect_NamesTheAppToken(t *testing.T) {
	t.Parallel()
	server, api := newSim(t, slacksim.Config{})
	for _, code := range slackapi.AuthCodes() {
		server.Fail("apps.connections.open", slacksim.Fault{Error: code}, 1)
		_, err := Connect(t.Context(), api)
		auth, ok := errors.AsType[*slackapi.AuthError](err)
		if !ok || auth.Setting != "SLACK_APP_TOKEN" || auth.Code != code || strings.Contains(err.Error(), server.AppToken()) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// The end of the context ends the wait for a hello, with its cause.
func TestConnect_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	server, api := newSim(t, slacksim.Config{})
	server.Fail("hello", slacksim.Fault{Before: slacksim.Hang}, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	go func() {
		_, _ = server.WaitCall(ctx, "apps.connections.open", func(slacksim.Call) bool { return true })
		cancel(interrupted)
	}()
	if _, err := Connect(ctx, api); !errors.Is(err, interrupted) {
		t.Errorf("it ended with %v", err)
	}
}

// It also ends the handshake, which something between here and Slack does not answer.
func TestConnect_HandshakeEnds(t *testing.T) {
	t.Parallel()
	server, api := newSim(t, slacksim.Config{})
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Fail("apps.connections.open", slacksim.Fault{Body: `{"ok":true,"url":"ws://` + silent.Addr().String() + `/"}`}, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	closed := make(chan error, 1)
	go func() {
		conn, err := silent.Accept()
		if err == nil {
			_, err = conn.Read(make([]byte, 1)) // the handshake has begun
			cancel(interrupted)
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
		closed <- errors.Join(err, silent.Close())
	}()
	began := time.Now()
	if _, err := Connect(ctx, api); !errors.Is(err, interrupted) {
		t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > 10*time.Second { // the time limit of a handshake is 15 seconds
		t.Errorf("it ended after %s", took)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
