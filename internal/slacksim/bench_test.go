package slacksim_test

import (
	"encoding/json"
	"testing"

	"github.com/gorilla/websocket"

	"extendbot/internal/slacksim"
)

// BenchmarkCommand measures the round trip of an envelope to an app that does
// nothing.
func BenchmarkCommand(b *testing.B) {
	s, err := slacksim.Start(slacksim.Config{NoRecord: true})
	if err != nil {
		b.Fatal(err)
	}
	s.AddUser(slacksim.User{ID: "U0ALICE"})
	s.AddChannel(slacksim.Channel{ID: "C0OPS"})
	_, url, err := client(s).StartSocketModeContext(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ws, resp, err := websocket.DefaultDialer.DialContext(b.Context(), url, nil)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var f struct {
				ID string `json:"envelope_id"`
			}
			if ws.ReadJSON(&f) != nil {
				return
			}
			if f.ID == "" {
				continue
			}
			ack, _ := json.Marshal(map[string]string{"envelope_id": f.ID})
			if ws.WriteMessage(websocket.TextMessage, ack) != nil {
				return
			}
		}
	}()
	if err := s.WaitConnections(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetParallelism(25)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Command(b.Context(), extend); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	if err := s.Close(); err != nil {
		b.Error(err)
	}
	_ = ws.Close()
	<-ended
}
