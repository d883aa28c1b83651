package bot

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/internal/secret"
	"extendbot/order"
)

// FuzzClick sends arbitrary payloads to the click handler. Only a payload for
// this workspace and app, by somebody of it or of its organization, may lead to a
// decision, a settlement, a reason or a request, and only with a possible order id and for
// the person named by Slack. The price that a card showed is what the block of the button
// says, and nothing else. Only people who may order can ask again, and the card comes in
// the channel of the first order. What a press on a reminder asks for is what the value of
// its button says; its card comes in the channel of the press, and in a thread only if the
// message is provably a reminder.
func FuzzClick(f *testing.F) {
	for _, seed := range []string{
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"T1"},"container":{"type":"message","message_ts":"1.2","channel_id":"C1"},"actions":[{"block_id":"b","action_id":"order_confirm","value":"01abc-def"}]}`,
		`{"type":"block_actions","team":null,"api_app_id":"A1","user":{"id":"U1","team_id":"T1"},"actions":[{"block_id":"b","action_id":"order_cancel","value":""}]}`,
		`{"type":"block_actions","team":{"id":"T2"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"b","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"enterprise":{"id":"E1"},"api_app_id":"A1","user":{"id":"U1","team_id":"T2"},"container":{"message_ts":"1.2","channel_id":"C1"},"message":{"ts":"1.2","bot_id":"B1","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"order_confirm","value":"x"}]}]},"actions":[{"block_id":"b","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"TX"},"actions":[{"block_id":"b","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"block_actions","team":null,"enterprise":{"id":"E1"},"is_enterprise_install":true,"api_app_id":"A1","user":{"id":"W1","team_id":"E1"},"actions":[{"block_id":"b","action_id":"order_settle_placed","value":"x"}]}`,
		`{"type":"view_submission","team":{"id":"T1"},"api_app_id":"A1","view":{"id":"V1"}}`,
		`{"type":"view_submission","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"view":{"callback_id":"decline_reason","private_metadata":"x","state":{"values":{"reason":{"reason":{"value":"no"}}}}}}`,
		`{"type":"view_submission","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"TX"},"view":{"callback_id":"settle_placed","private_metadata":"x","state":{"values":{"reason":{"reason":{"value":"seen"}}}}}}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"b","action_id":"order_decline_reason","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"name":"old"},{"block_id":"b"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"trigger_id":"1.2","container":{"message_ts":"1.2","channel_id":"C1"},"actions":[{"block_id":"b","action_id":"order_again","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U2"},"actions":[{"block_id":"order:x","action_id":"order_details","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"order=0.43","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"order=0.43:y","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"order=1e999999999","action_id":"order_confirm","value":"x"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"container":{"message_ts":"1.2","channel_id":"C1"},"message":{"ts":"1.2","bot_id":"B1","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"remind_extend_1","value":"srv-1|1772532245|1.00"}]}]},"actions":[{"block_id":"b","action_id":"remind_extend_2","value":"srv-1|1772532245|1.30","action_ts":"1.3"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U2"},"container":{"message_ts":"1.2","channel_id":"C1"},"actions":[{"block_id":"b","action_id":"remind_extend_3","value":"srv-1|1|-"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"TX"},"container":{"message_ts":"1.2","channel_id":"C1"},"actions":[{"block_id":"b","action_id":"remind_extend_1","value":"srv-1|1|-"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"b","action_id":"remind_stop","value":"srv-1|1|-"}]}`,
		`{"type":"block_actions","team":{"id":"T2"},"api_app_id":"A1","user":{"id":"U1"},"actions":[{"block_id":"b","action_id":"remind_stop","value":"srv-1|1|-"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U2"},"actions":[{"block_id":"b","action_id":"remind_stop","value":"srv-1|1|9"}]}`,
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
		desk, orders := &listening{}, newLedger(time.Now)
		refused := order.Order{ID: "x", RequestKey: "x", State: order.Pending, Person: order.Person{Team: "T1", User: "U9"}, Channel: "C9", Server: order.Server{ID: "srv-1"}}
		if _, err := orders.Create(t.Context(), refused, order.Entry{To: order.Pending}); err != nil {
			t.Fatal(err)
		}
		a, err := New(Config{
			AppToken: secret.New("xapp-1"), BotToken: secret.New("xoxb-1"), APIURL: "http://127.0.0.1:1/", Connections: 1,
			Desk: desk, Orders: orders, Servers: rules{people: []string{"U1"}}.servers, MaxHours: 720, ProcessID: "p1", Log: quiet,
			StopReminders: desk.stop,
		})
		if err != nil {
			t.Fatal(err)
		}
		a.workspace.Connected(slackapi.Identity{TeamID: "T1", EnterpriseID: "E1", UserID: "UBOT", BotID: "B1"})
		a.workspace.SawApp("A1")
		a.handlers.interaction(t.Context(), &envelope{socket: a.connections.sockets[0], id: "e", kind: "interactive", at: time.Now()}, c)
		home := c.User.TeamID
		ours := home == "" || home == "T1" || home == "E1" || strings.HasPrefix(home, "T") && c.Enterprise.ID == "E1"
		for _, d := range desk.heard {
			if team := teamOfClick(c); team != "T1" && team != "E1" || c.APIAppID != "A1" || !ours {
				t.Errorf("a decision from team %q, app %q, by somebody of %q in %q", team, c.APIAppID, home, c.Enterprise.ID)
			}
			if d.ID == "" || len(d.ID) > maxOrderID || d.Person != (order.Person{Team: "T1", User: c.User.ID}) || c.User.ID == "" {
				t.Errorf("the decision %+v", d)
			}
			if cost := order.FormatAmount(d.SeenEstimate); d.SeenEstimate.Valid && !slices.ContainsFunc(c.ActionCallback.BlockActions, func(a *slack.BlockAction) bool {
				return cost != "" && cost[0] != '-' && (a.BlockID == "order="+cost || strings.HasPrefix(a.BlockID, "order="+cost+":"))
			}) {
				t.Errorf("no card said the price %v", d.SeenEstimate)
			}
			if d.Card != "" && (c.Message.Timestamp != c.Container.MessageTs || d.Card != c.Container.ChannelID+"/"+c.Message.Timestamp) {
				t.Errorf("the card %q is not what was clicked", d.Card)
			}
		}
		for _, r := range desk.asked {
			if !r.Lease.IsZero() {
				checkPress(t, c, r)
				continue
			}
			if r.Person.User != "U1" || r.Channel != "C9" || r.Server != "srv-1" {
				t.Errorf("the request %+v", r)
			}
		}
	})
}

// checkPress checks what a press on a reminder asks for.
func checkPress(t *testing.T, c slack.InteractionCallback, r order.Request) {
	t.Helper()
	said := slices.ContainsFunc(c.ActionCallback.BlockActions, func(a *slack.BlockAction) bool {
		hours, ok := message.OfferedBy(a.ActionID)
		return ok && hours == r.Hours && a.Value == message.Press{ServerID: r.Server, Lease: r.Lease, Cost: r.SeenEstimate}.String()
	})
	if !said || r.Channel == "" || r.Channel != c.Container.ChannelID {
		t.Errorf("no button says %+v", r)
	}
	if r.Thread != "" && (r.Thread != r.Channel+"/"+c.Message.Timestamp || c.Message.BotID != "" && c.Message.BotID != "B1") {
		t.Errorf("the thread %q is not what was pressed", r.Thread)
	}
}

// listening is a desk that has no orders.
type listening struct {
	Desk
	heard []order.Decision
	asked []order.Request
}

func (l *listening) Request(_ context.Context, r order.Request) (order.Order, error) {
	l.heard, l.asked = append(l.heard, order.Decision{ID: "x", Person: r.Person}), append(l.asked, r)
	return order.Order{}, &order.Error{Code: order.CodeDuplicate}
}

// Server lets only U1 use a server.
func (l *listening) Server(_ context.Context, p order.Person, id string) (order.Server, error) {
	if p.User != "U1" {
		return order.Server{}, &order.Error{Code: order.CodeStranger}
	}
	return order.Server{ID: id}, nil
}

// stop records who stopped reminders as a decision.
func (l *listening) stop(_ context.Context, serverID string, _ time.Time, user string) error {
	l.heard = append(l.heard, order.Decision{ID: "x", Person: order.Person{Team: "T1", User: user}})
	if user != "U1" || !order.ValidHostID(serverID) {
		l.heard[len(l.heard)-1].ID = "" // which is reported
	}
	return nil
}

func (l *listening) Decide(_ context.Context, d order.Decision) (order.Order, error) {
	l.heard = append(l.heard, d)
	return order.Order{}, &order.Error{Code: order.CodeNotFound}
}

func (l *listening) Verify(context.Context, order.ID) (order.Order, error) {
	return order.Order{}, nil
}

func (l *listening) MaySettle(_ context.Context, p order.Person, id order.ID) (order.Order, error) {
	l.heard = append(l.heard, order.Decision{ID: id, Person: p})
	return order.Order{}, &order.Error{Code: order.CodeNotFound}
}

func (l *listening) DeclineReason(_ context.Context, p order.Person, id order.ID, _ string) (order.Order, error) {
	l.heard = append(l.heard, order.Decision{ID: id, Person: p})
	return order.Order{}, &order.Error{Code: order.CodeNotFound}
}

func (l *listening) SettleBy(_ context.Context, p order.Person, s order.Settlement) (order.Order, error) {
	l.heard = append(l.heard, order.Decision{ID: s.ID, Person: p})
	return order.Order{}, &order.Error{Code: order.CodeNotFound}
}
