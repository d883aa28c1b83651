package check

import (
	"context"
	"errors"
	"fmt"

	"extendbot/bot/slackapi"
	"extendbot/bot/trial"
)

// slack asks Slack who the bot is, opens a connection, and compares the clocks. Then it
// checks what Slack knows of the policy and the settings.
func (r *run) slack(ctx context.Context) {
	client := r.slackClient()
	defer client.Close()
	who, err := client.Identify(ctx, callTimeout)
	r.report("slack", fmt.Sprintf("workspace %s (%s), bot %s", who.Team, who.TeamID, who.UserID), err)
	for _, scope := range who.AbsentScopes() {
		r.note("slack", fmt.Sprintf("without the scope %s, %s; to change that, add the scope and install the app again", scope.Name, scope.Without))
	}
	_, refused := errors.AsType[*slackapi.AuthError](err)
	connected := false
	if err == nil || refused { // else Slack cannot be reached
		connected = r.connection(ctx, client, who)
	}
	if err == nil {
		r.people(ctx, client, who)
		r.userGroups(ctx, client)
		r.reminders(ctx, client)
	}
	if clock := client.CheckClock(); connected || clock != nil {
		r.report("clock", "agrees with Slack's", clock)
	}
	r.slackWorks = connected && err == nil
}

func (r *run) slackClient() *slackapi.Client {
	return slackapi.New(slackapi.Config{
		AppToken: r.Settings.SlackAppToken, BotToken: r.Settings.SlackBotToken, APIURL: r.Settings.SlackAPIURL,
	})
}

// errNoHello is what is wrong when the connection takes too long.
var errNoHello = fmt.Errorf("no connection to Slack was ready within %s: check the network, and that a proxy lets WebSockets through, or try again later", callTimeout)

// connection opens one connection, and closes it as soon as Slack has said hello: Slack
// may give it commands and clicks, which no other process gets then. It reports whether
// that worked.
func (r *run) connection(ctx context.Context, client *slackapi.Client, who slackapi.Identity) bool {
	limited, cancel := context.WithTimeoutCause(ctx, callTimeout, errNoHello)
	defer cancel()
	conn, err := trial.Connect(limited, client)
	if err != nil {
		r.report("slack", "", err)
		return false
	}
	conn.Close()
	hello := conn.Hello
	r.report("slack", "Socket Mode works for the app "+hello.AppID, nil)
	if who.BotID != "" {
		r.sameApp(ctx, client, who, hello.AppID)
	}
	r.others(hello.Others)
	return true
}

// sameApp checks that both tokens are of the same app. Without the scope users:read, Slack
// does not say so.
func (r *run) sameApp(ctx context.Context, client *slackapi.Client, who slackapi.Identity, app string) {
	bots, err := client.BotApp(ctx, who)
	switch {
	case slackapi.ClassOf(err) == slackapi.ClassPermission:
	case err != nil:
		r.note("slack", fmt.Sprintf("of which app SLACK_BOT_TOKEN is cannot be found out now (%v)", err))
	case app != "" && bots != app:
		r.report("slack", "", fmt.Errorf("SLACK_APP_TOKEN is of the app %s and SLACK_BOT_TOKEN of the app %s: use the two tokens of the same app", app, bots))
	}
}

// others judges the connections that the app has besides that of this check. Those of the
// processes that serve the same database are meant to be there.
func (r *run) others(n int) {
	own := r.serving * r.Settings.SlackConnections
	switch {
	case n == 0:
	case r.serving == 0 && !r.served:
		r.report("slack", "", fmt.Errorf("another process is connected as this app (%s) and gets a part of the commands and clicks: "+
			"stop it, or make an app of its own for this extendbot (if it has just been stopped, wait a minute)", connections(n)))
	case r.serving > 0 && n > own:
		r.report("slack", "", fmt.Errorf("besides this check, the app has %s, and the extendbot that serves now at most %d: another process is connected "+
			"as this app and gets a part of the commands and clicks: stop it (if it has just been stopped, wait a minute)", connections(n), own))
	default:
		r.note("slack", fmt.Sprintf("besides this check, the app has %s, of the extendbot that serves now", connections(n)))
	}
}

func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}
