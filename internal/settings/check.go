package settings

import (
	"cmp"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"

	"extendbot/auth"
	"extendbot/internal/netcause"
	"extendbot/internal/secret"
	"extendbot/ledger/mac"
	"extendbot/order"
)

// checker checks the settings one by one and collects the mistakes.
type checker struct {
	list      []Setting
	variables map[string]string // the environment
	only      []string          // the settings to read; empty for all
	optional  []string          // required settings that may be missing
	needKey   bool              // there has to be a key to authenticate with
	mistakes  []Mistake
	warnings  []string
}

// settings reads every field, in the order of the reference.
func (c *checker) settings() (Settings, error) {
	s := Settings{
		SlackAppToken:    c.secret("SLACK_APP_TOKEN"),
		SlackBotToken:    c.secret("SLACK_BOT_TOKEN"),
		OxhostAPIKey:     c.secret("OXHOST_API_KEY"),
		Allowlist:        shortForm(c, "ALLOWLIST", auth.ParseAllowlist),
		Servers:          shortForm(c, "SERVERS", auth.ParseServers),
		Admins:           shortForm(c, "ADMINS", auth.ParseAdmins),
		PolicyFile:       field(c, "POLICY_FILE", parsePolicyFile),
		ApprovalKeys:     field(c, "APPROVAL_KEY", parseApprovalKeys),
		Database:         field(c, "DATABASE_URL", ParseDatabase),
		SlackAPIURL:      field(c, "SLACK_API_URL", parseBaseURL),
		OxhostAPIURL:     field(c, "OXHOST_API_URL", parseBaseURL),
		OxhostTimeout:    limited(c, "OXHOST_TIMEOUT", parseDuration),
		OxhostTimezone:   field(c, "OXHOST_TIMEZONE", parseTimezone),
		Currency:         strings.ToUpper(field(c, "CURRENCY", anyText)),
		ConfirmTTL:       limited(c, "CONFIRM_TTL", parseDuration),
		ApproveTTL:       limited(c, "APPROVE_TTL", ParseDays),
		MaxHours:         order.Hours(limited(c, "MAX_HOURS", strconv.Atoi)),
		RemindBefore:     field(c, "REMIND_BEFORE", parseRemindBefore),
		RemindChannel:    field(c, "REMIND_CHANNEL", parseChannel),
		SlackConnections: limited(c, "SLACK_CONNECTIONS", strconv.Atoi),
		HTTPAddr:         field(c, "HTTP_ADDR", parseListenAddr),
		LogLevel:         field(c, "LOG_LEVEL", logrus.ParseLevel),
		LogFormat:        field(c, "LOG_FORMAT", anyText),
	}
	s.ApprovalKeys = s.ApprovalKeys.And(mac.Derived(s.OxhostAPIKey))
	if c.needKey && s.ApprovalKeys.None() && len(c.mistakes) == 0 {
		c.wrong("APPROVAL_KEY", "this or OXHOST_API_KEY is required, with the value that extendbot serve has, to authenticate what is recorded")
	}
	c.proxies(s.SlackAPIURL, s.OxhostAPIURL)
	c.warnOfMisspelled()
	if len(c.mistakes) > 0 {
		return Settings{}, &Error{Mistakes: c.mistakes}
	}
	s.Warnings = c.warnings
	return s, nil
}

// proxies reports each broken setting of a proxy that the requests to these URLs need. It
// skips "", the URL of a setting that is not read or wrong.
func (c *checker) proxies(urls ...string) {
	for _, text := range urls {
		target, err := url.Parse(text)
		if text == "" || err != nil {
			continue
		}
		broken, ok := errors.AsType[*netcause.ProxySettingError](netcause.CheckProxy(c.variables, target))
		if ok && !slices.ContainsFunc(c.mistakes, func(m Mistake) bool { return m.Name == broken.Name }) {
			c.wrong(broken.Name, "must be the URL of a proxy, such as http://proxy.example.com:3128")
		}
	}
}

// field reads one setting with parse.
func field[T any](c *checker, name string, parse func(string) (T, error)) (value T) {
	s := c.setting(name)
	if len(c.only) > 0 && !slices.Contains(c.only, name) {
		return value
	}
	if !s.Secret && c.variables[s.Name+FileSuffix] != "" {
		c.wrong(s.Name+FileSuffix, "is not a setting: only secrets can come from a file")
	}
	text, from, ok := c.text(s)
	if !ok {
		return value
	}
	wrong := func(what string) {
		if from != name {
			what = "the text in the file " + what
		}
		c.wrong(from, what)
	}
	meant, slips, isClear := s.slips(text)
	for _, what := range slips {
		wrong(what)
	}
	switch {
	case !isClear:
		return value
	case meant == "" && slices.Contains(c.optional, name):
		return value
	case s.Required && meant == "":
		wrong("is required: " + s.Form + c.typo(name))
		return value
	}
	value, err := parse(meant)
	if s.pattern != "" && !regexp.MustCompile("^("+s.pattern+")$").MatchString(meant) {
		err = ErrForm
	}
	if err != nil {
		reject(s, err, wrong)
	}
	return value
}

// reject reports what is wrong with the text of a setting. Errors of libraries
// may quote the text, so only this program's own errors are shown. Any other
// error means that the text has the wrong form.
func reject(s Setting, err error, wrong func(what string)) {
	mistakes := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		mistakes = joined.Unwrap()
	}
	for _, mistake := range mistakes {
		what := "must be " + s.Form
		if p, ok := errors.AsType[problem](mistake); ok {
			what = string(p)
		} else if h, ok := errors.AsType[formHint](mistake); ok {
			what += "; " + string(h)
		} else if m, ok := errors.AsType[*auth.Mistake](mistake); ok {
			what = m.Error()
		}
		wrong(what)
	}
}

// limited reads a number or a duration.
func limited[T cmp.Ordered](c *checker, name string, parse func(string) (T, error)) T {
	s := c.setting(name)
	return field(c, name, func(text string) (T, error) {
		n, err := parse(text)
		if err != nil {
			return n, err
		}
		low, noMin := parse(s.min)
		high, noMax := parse(s.max)
		if noMin == nil && n < low || noMax == nil && n > high {
			return n, ErrForm
		}
		return n, nil
	})
}

// secret reads a secret.
func (c *checker) secret(name string) secret.Value {
	prefix := c.setting(name).Token
	return field(c, name, func(text string) (secret.Value, error) { return parseSecret(text, prefix) })
}

// shortForm reads a part of the short form of the policy, which POLICY_FILE
// replaces. A blank one counts as not set.
func shortForm[T any](c *checker, name string, parse func(string) ([]T, error)) []T {
	return field(c, name, func(text string) ([]T, error) {
		switch file := c.variables["POLICY_FILE"] != ""; {
		case file && text != "":
			return nil, problem("is replaced by POLICY_FILE; set only one of the two")
		case !file && text == "" && name == "ALLOWLIST":
			return nil, problem("this or POLICY_FILE is required: without either, nobody may order anything" + cmp.Or(c.typo(name), c.typo("POLICY_FILE")))
		case strings.TrimSpace(text) == "":
			return nil, nil
		}
		return parse(text)
	})
}

// text returns the text of a setting, or of its file if it is a secret, and the
// name of the variable that it comes from.
func (c *checker) text(s Setting) (text, from string, ok bool) {
	path := c.variables[s.Name+FileSuffix]
	if !s.Secret || path == "" {
		return s.text, s.Name, true
	}
	from = s.Name + FileSuffix
	if c.variables[s.Name] != "" {
		c.wrong(s.Name, "is set, and so is "+from+"; set only one of the two")
		return "", from, false
	}
	if tokenAdvice(strings.Trim(path, quotes), "") != "" {
		c.wrong(from, "contains a token; it must be the path of a file with the token in it")
		return "", from, false
	}
	_, slips, _ := Setting{Name: from, path: true}.slips(path)
	for _, what := range slips {
		c.wrong(from, what)
	}
	if len(slips) > 0 {
		return "", from, false
	}
	text, err := secret.ReadFile(path)
	if err != nil {
		c.wrong(from, err.Error())
		return "", from, false
	}
	c.checkAccess(from, path)
	return text, from, true
}

func (c *checker) setting(name string) Setting {
	return c.list[slices.IndexFunc(c.list, func(s Setting) bool { return s.Name == name })]
}

func (c *checker) wrong(name, what string) {
	c.mistakes = append(c.mistakes, Mistake{Name: name, What: what})
}
