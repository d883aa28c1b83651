// Package settings reads the environment, and the files that it names, into
// [Settings].
//
// The environment is first read as text, then checked field by field. All
// mistakes are reported together, with the setting's name and never with its
// value.
package settings

import (
	"fmt"
	"reflect"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/auth"
	"extendbot/internal/secret"
	"extendbot/ledger/mac"
	"extendbot/order"
)

// environment is the text of every setting. Its tags are the only list of names,
// defaults and limits. The reference in docs/settings.md is generated from them;
// there, the 'quotes' of form and desc become code.
//
// The tag is called mandatory instead of required because envconfig would stop
// at the first missing setting. A setting with the tag secret is also read from
// the file named by <NAME>_FILE. token is how a secret begins. A setting with
// the tag unit is a number or a duration within min and max. The whole text has
// to match pattern. A list may have blanks around it, and a path may contain any
// character that can be seen.
type environment struct {
	SlackAppToken string `envconfig:"SLACK_APP_TOKEN" mandatory:"true" secret:"true" token:"xapp-" form:"an app-level token, which begins with 'xapp-'" desc:"Opens the connections to Slack. It needs the scope 'connections:write'."`
	SlackBotToken string `envconfig:"SLACK_BOT_TOKEN" mandatory:"true" secret:"true" token:"xoxb-" form:"a bot token, which begins with 'xoxb-'" desc:"Posts cards and receipts. Slack shows it after the app was installed."`
	OxhostAPIKey  string `envconfig:"OXHOST_API_KEY" mandatory:"true" secret:"true" form:"an API key of 0xhost" desc:"Places the orders."`

	Allowlist  string `envconfig:"ALLOWLIST" kind:"list" form:"'<Slack user id>:<0xhost account id>', separated by commas" desc:"Who may order, and which 0xhost account pays. This or 'POLICY_FILE' is required."`
	Servers    string `envconfig:"SERVERS" kind:"list" form:"'<name>:<0xhost server id>', separated by commas" desc:"The servers that may be extended, and the names that people type. Without it, any server id is accepted."`
	Admins     string `envconfig:"ADMINS" kind:"list" form:"Slack user ids, separated by commas" desc:"Who may settle an order in Slack when its outcome is unknown. Without it, only 'extendbot orders settle' can."`
	PolicyFile string `envconfig:"POLICY_FILE" kind:"path" form:"the path of a YAML file" desc:"Replaces 'ALLOWLIST', 'SERVERS' and 'ADMINS', which must not be set with it. Read again when it changes."`

	ApprovalKey string `envconfig:"APPROVAL_KEY" secret:"true" form:"at least 32 characters; several keys are separated by commas" desc:"Authenticates orders, approvals, and history, so that nobody can forge them in the database. Of several keys, the first one is used, and all are accepted. Without it, a key is derived from 'OXHOST_API_KEY'. See [Keys](operations.md#keys) before you change either."`

	Database string `envconfig:"DATABASE_URL" kind:"path" default:"sqlite:extendbot.db" secret:"true" form:"'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>?sslmode=verify-full'" desc:"Where orders and their history are kept."`

	SlackAPIURL    string `envconfig:"SLACK_API_URL" default:"https://slack.com/api/" form:"an absolute 'https' URL ('http' only to this machine)" desc:"The Web API of Slack."`
	OxhostAPIURL   string `envconfig:"OXHOST_API_URL" default:"https://0xhost.net/API/" form:"an absolute 'https' URL ('http' only to this machine)" desc:"The API of 0xhost."`
	OxhostTimeout  string `envconfig:"OXHOST_TIMEOUT" default:"30s" unit:"a duration such as '30s' or '15m'" min:"1ms" max:"1m30s" desc:"How long one call to 0xhost may take. An order without an answer by then has an unknown outcome."`
	OxhostTimezone string `envconfig:"OXHOST_TIMEZONE" default:"UTC" form:"a name from the IANA time zone database, such as 'Europe/Berlin'" desc:"The time zone of the times that 0xhost sends. Also of the times that people type, as in 'until friday 18:00', if Slack does not tell the time zone of the person, and of what 'extendbot leases' prints and the months of 'extendbot orders spend'."`
	Currency       string `envconfig:"CURRENCY" default:"EUR" pattern:"[A-Za-z]{3}" form:"three letters" desc:"The currency of the amounts that 0xhost sends."`

	ConfirmTTL string `envconfig:"CONFIRM_TTL" default:"15m" unit:"a duration such as '30s' or '15m'" min:"1s" max:"24h" desc:"How long a card can be confirmed."`
	ApproveTTL string `envconfig:"APPROVE_TTL" default:"8h" unit:"a duration such as '30m', '8h', or '3d'" min:"1m" max:"7d" desc:"How long a card can be approved that needs the approval of others."`
	MaxHours   string `envconfig:"MAX_HOURS" default:"720" unit:"a whole number" pattern:"[1-9][0-9]*" min:"1" desc:"The most hours that one order may buy."`

	RemindBefore  string `envconfig:"REMIND_BEFORE" default:"24h,2h" kind:"list" form:"durations such as '2h' or '3d', each from 1m to 30d, separated by commas; or empty" desc:"How long before a server runs out people are reminded. Empty switches reminders off."`
	RemindChannel string `envconfig:"REMIND_CHANNEL" form:"a Slack channel id, such as 'C0OPS', or empty" desc:"The channel of all reminders. The bot has to be a member. Empty: each server is reminded of in the channel of its last order."`

	SlackConnections string `envconfig:"SLACK_CONNECTIONS" default:"2" unit:"a whole number" pattern:"[1-9][0-9]*" min:"1" max:"10" desc:"How many connections to Slack each process keeps. Slack allows 10 for all replicas together."`
	HTTPAddr         string `envconfig:"HTTP_ADDR" default:":8080" form:"'<host>:<port>', or empty" desc:"The address of '/healthz', '/readyz', and '/metrics'. Port 0 takes a free port and logs it; empty switches them off."`
	LogLevel         string `envconfig:"LOG_LEVEL" default:"info" pattern:"(?i:error|warning|warn|info|debug|trace)" form:"'error', 'warning', 'info', 'debug', or 'trace'" desc:"The lowest level that is logged."`
	LogFormat        string `envconfig:"LOG_FORMAT" default:"text" pattern:"text|json" form:"'text' or 'json'" desc:"The format of the log: 'text' for people, 'json' for machines."`
}

// Settings are the checked settings of the program, one field for each.
// docs/settings.md says what each one means.
type Settings struct {
	SlackAppToken, SlackBotToken, OxhostAPIKey secret.Value

	Allowlist  []auth.AllowlistEntry
	Servers    []order.Server
	Admins     []string // Slack user ids
	PolicyFile string   // replaces the three above if it is set

	// ApprovalKeys are those of APPROVAL_KEY, followed by the one that is derived from
	// OXHOST_API_KEY.
	ApprovalKeys mac.Keys

	Database Database

	SlackAPIURL, OxhostAPIURL string // end with a slash
	OxhostTimeout             time.Duration
	OxhostTimezone            *time.Location
	Currency                  string // three capital letters

	ConfirmTTL time.Duration
	ApproveTTL time.Duration
	MaxHours   order.Hours

	RemindBefore  []time.Duration // longest first; none: no reminders
	RemindChannel string          // "" for the channel of a server's last order

	SlackConnections int
	HTTPAddr         string // "" for none
	LogLevel         logrus.Level
	LogFormat        string // LogText or LogJSON

	Warnings []string // what is no mistake, but may not be intended; no values
}

// The formats of log lines.
const (
	LogText = "text"
	LogJSON = "json"
)

// Setting describes one setting.
type Setting struct {
	Name, Default, Form, Meaning string // Default is "" if there is none
	Required, Secret             bool
	Token                        string // how a Slack token begins; "" for other settings
	pattern                      string // what the whole text has to match; "" for anything
	min, max                     string // limits of a number or a duration; "" for none
	list, path                   bool   // its kind
	text                         string // as it was read
}

// List returns all settings in the order of the reference.
func List() []Setting { return list(environment{}) }

// list returns all settings with their text.
func list(text environment) []Setting {
	v := reflect.ValueOf(text)
	all := make([]Setting, v.NumField())
	for i := range all {
		tag := v.Type().Field(i).Tag
		all[i] = Setting{
			Name: tag.Get("envconfig"), Default: tag.Get("default"), Form: tag.Get("form"), Meaning: tag.Get("desc"),
			Required: tag.Get("mandatory") != "", Secret: tag.Get("secret") != "", Token: tag.Get("token"),
			pattern: tag.Get("pattern"), min: tag.Get("min"), max: tag.Get("max"), text: v.Field(i).String(),
			list: tag.Get("kind") == "list", path: tag.Get("kind") == "path",
		}
		if unit := tag.Get("unit"); unit != "" && all[i].max != "" {
			all[i].Form = fmt.Sprintf("%s, from %s to %s", unit, all[i].min, all[i].max)
		} else if unit != "" {
			all[i].Form = fmt.Sprintf("%s, %s or more", unit, all[i].min)
		}
	}
	return all
}
