package main

import (
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/auth"
	"extendbot/internal/secret"
	"extendbot/order"
)

// Settings is what the program is told by its environment. The tags are the
// one source of names, defaults and limits, and of the reference in
// docs/settings.md: in form and desc, 'quotes' become code there.
//
// A field of tag secret is also read from the file named by <NAME>_FILE.
type Settings struct {
	SlackAppToken secret.Value `envconfig:"SLACK_APP_TOKEN" required:"true" secret:"true" token:"xapp-" form:"an app-level token, which begins with 'xapp-'" desc:"Opens the connections to Slack. It needs the scope 'connections:write'."`
	SlackBotToken secret.Value `envconfig:"SLACK_BOT_TOKEN" required:"true" secret:"true" token:"xoxb-" form:"a bot token, which begins with 'xoxb-'" desc:"Posts cards and receipts. Slack shows it after the app was installed."`
	OxhostAPIKey  secret.Value `envconfig:"OXHOST_API_KEY" required:"true" secret:"true" form:"an API key of 0xhost" desc:"Places the orders."`

	Allowlist  allowlist `envconfig:"ALLOWLIST" form:"'<Slack user id>:<0xhost user id>', with commas between" desc:"Who may order, and which 0xhost account pays. This or 'POLICY_FILE' is required."`
	Servers    servers   `envconfig:"SERVERS" form:"'<name>:<0xhost server id>', with commas between" desc:"The servers that may be extended, and the names that people type. Without it any server id is taken."`
	Admins     admins    `envconfig:"ADMINS" form:"Slack user ids, with commas between" desc:"Who may say in Slack what became of an order whose outcome is unknown. Without it only 'extendbot orders settle' can."`
	PolicyFile string    `envconfig:"POLICY_FILE" form:"the path of a YAML file" desc:"Replaces 'ALLOWLIST', 'SERVERS' and 'ADMINS', which must not be set beside it. Read again when it changes."`

	Database database `envconfig:"DATABASE_URL" default:"sqlite:extendbot.db" secret:"true" form:"'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>'" desc:"Where orders and their history are kept."`

	SlackAPIURL    baseURL       `envconfig:"SLACK_API_URL" default:"https://slack.com/api/" form:"an absolute 'https' URL ('http' only to this machine)" desc:"The Web API of Slack."`
	OxhostAPIURL   baseURL       `envconfig:"OXHOST_API_URL" default:"https://0xhost.net/API/" form:"an absolute 'https' URL ('http' only to this machine)" desc:"The API of 0xhost."`
	OxhostTimeout  time.Duration `envconfig:"OXHOST_TIMEOUT" default:"30s" min:"1ms" max:"1m30s" desc:"How long one call of 0xhost may take. What has no answer by then has an unknown outcome."`
	OxhostTimezone timezone      `envconfig:"OXHOST_TIMEZONE" default:"UTC" form:"a name of the IANA time zone database, such as 'Europe/Berlin'" desc:"The zone of the times in answers of 0xhost."`
	Currency       currency      `envconfig:"CURRENCY" default:"EUR" form:"three letters" desc:"What the amounts of 0xhost are in."`

	ConfirmTTL time.Duration `envconfig:"CONFIRM_TTL" default:"15m" min:"1s" max:"24h" desc:"How long a card can be confirmed."`
	MaxHours   order.Hours   `envconfig:"MAX_HOURS" default:"720" min:"1" desc:"The most hours that one order may buy."`

	SlackConnections int          `envconfig:"SLACK_CONNECTIONS" default:"2" min:"1" max:"10" desc:"Connections to Slack held by this process. Slack allows 10 for all replicas together."`
	HTTPAddr         listenAddr   `envconfig:"HTTP_ADDR" default:":8080" form:"'<host>:<port>', or empty" desc:"Where '/healthz', '/readyz' and '/metrics' answer. Port 0 takes a free one and logs it; empty switches it off."`
	LogLevel         logrus.Level `envconfig:"LOG_LEVEL" default:"info" form:"'error', 'warning', 'info', 'debug' or 'trace'" desc:"What is logged."`
	LogFormat        logFormat    `envconfig:"LOG_FORMAT" default:"text" form:"'text' or 'json'" desc:"How it is logged: for people or for machines."`
}

// loadSettings reads the settings from the environment. The error is a
// [*SettingsError] with all that is wrong with them.
func loadSettings() (Settings, error) {
	var s Settings
	r := environment{}
	r.fill(&s)
	r.checkPolicy(s)
	if len(r.mistakes) > 0 {
		return Settings{}, &SettingsError{Mistakes: r.sorted()}
	}
	return s, nil
}

// loadSome reads only the settings of these names: commands that need no token
// must not ask for one. Its errors are those of loadSettings.
func loadSome(names ...string) (Settings, error) {
	var s Settings
	r := environment{}
	r.fillOnly(&s, names...)
	if len(r.mistakes) > 0 {
		return Settings{}, &SettingsError{Mistakes: r.sorted()}
	}
	return s, nil
}

// rules makes the rules that the settings ask for. notify is told when a
// policy file was read again, see [auth.OpenRules].
func (s Settings) rules(notify func(error)) (*auth.Rules, error) {
	if s.PolicyFile != "" {
		return auth.OpenRules(s.PolicyFile, notify)
	}
	return auth.NewRules(s.Allowlist, s.Servers, s.Admins...), nil
}
