package bot

import (
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/bot/slackapi"
	"extendbot/internal/secret"
	"extendbot/order"
)

// FuzzClick sends arbitrary payloads to the click handler. Only a payload for
// this workspace and app may lead to a decision, and only with a possible order
// id and for the person named by Slack.
func FuzzClick(f *testing.F) {
	for _, seed := range []string{
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"T1"},"container":{"type":"message","message_ts":"1.2","channel_id":"C1"},"actions":[{"block_id":"b","action_id":"order_confirm","value":"01abc-def"}]}`,
		`{"type":"block_actions","team":null,"api_app_id":"A1","user":{"id":"U1","team_id":"T1"},"actions":[{"block_id":"b","action_id":"order_cancel","value":""}]}`,
		`{"type":"block_actions","team":{"id":"T2"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"b","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"view_submission","team":{"id":"T1"},"api_app_id":"A1","view":{"id":"V1"}}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"name":"old"},{"block_id":"b"}]}`,
		`{}`, `[]`, `{"actions":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c slack.InteractionCallback
		if json.Unmarshal(payload, &c) != nil {
			return // slack-go would not deliver it either
		}
		desk := &listening{}
		a, err := New(Config{
			AppToken: secret.New("xapp-1"), BotToken: secret.New("xoxb-1"), APIURL: "http://127.0.0.1:1/", Connections: 1,
			Desk: desk, Orders: newLedger(time.Now), Servers: rules{}.servers, MaxHours: 720, ProcessID: "p1", Log: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		app := "A1"
		a.workspace.identity.Store(&slackapi.Identity{TeamID: "T1"})
		a.workspace.appID.Store(&app)
		a.handlers.interaction(t.Context(), &envelope{socket: a.connections.sockets[0], id: "e", kind: "interactive", at: time.Now()}, c)
		for _, d := range desk.heard {
			if teamOfClick(c) != "T1" || c.APIAppID != "A1" {
				t.Errorf("a decision from team %q and app %q", teamOfClick(c), c.APIAppID)
			}
			if d.ID == "" || len(d.ID) > maxOrderID || d.Person.User != c.User.ID {
				t.Errorf("the decision %+v", d)
			}
		}
	})
}

// listening is a desk that has no orders.
type listening struct {
	Desk
	heard []order.Decision
}

func (l *listening) Decide(_ context.Context, d order.Decision) (order.Order, error) {
	l.heard = append(l.heard, d)
	return order.Order{}, &order.Error{Code: order.CodeNotFound}
}
