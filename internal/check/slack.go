package check

import (
	"context"
	"fmt"

	"extendbot/bot/slackapi"
)

// slack asks Slack who the bot is, checks that it may open connections, and compares
// the clocks. Then it checks what Slack knows of the policy and the settings.
func (r *run) slack(ctx context.Context) {
	client := slackapi.New(slackapi.Config{
		AppToken: r.Settings.SlackAppToken, BotToken: r.Settings.SlackBotToken, APIURL: r.Settings.SlackAPIURL,
	})
	defer client.Close()
	who, err := client.Identify(ctx, callTimeout)
	if err == nil {
		err = client.TryOpen(ctx)
	}
	clock := client.CheckClock()
	r.report("slack", fmt.Sprintf("workspace %s (%s), bot %s", who.Team, who.TeamID, who.UserID), err)
	for _, scope := range who.AbsentScopes() {
		r.note("slack", []string{fmt.Sprintf("without the scope %s, %s; to change that, add the scope and install the app again", scope.Name, scope.Without)})
	}
	if err == nil {
		r.userGroups(ctx, client)
		r.reminders(ctx, client)
	}
	if err == nil || clock != nil {
		r.report("clock", "agrees with Slack's", clock)
	}
}
