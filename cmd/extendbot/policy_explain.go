package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"extendbot/auth"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/order"
)

const policyExplainLong = `Prints what the policy decides about a request, and which parts of it lead to the decision:
which entry allows it, which account pays, what it is expected to cost, which approval rules
match, who has to approve, and what is left of each limit. It is the same code that decides
in Slack. The exit code is 1 if the request is refused.

The policy is the one in the environment: POLICY_FILE, or ALLOWLIST, SERVERS, and ADMINS.
What is left of the limits, and what the server cost the last time, is in the database that
DATABASE_URL names. It can be read while extendbot is serving. Without it, they are not known.
The members of Slack user groups are those of --groups. A group that is not given counts as
one that cannot be read, as in Slack when its members are not known.`

func policyExplainCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain --user ID --server NAME --hours N [--groups ID=USER,USER]",
		Short:   "Explain what the policy decides about a request",
		Long:    policyExplainLong,
		Example: "  extendbot policy explain --user U0BOB --server web-1 --hours 100 --groups S0LEADS=U0CARO,U0DAVE",
		Args:    noArgs,
	}
	user := cmd.Flags().String("user", "", "the Slack user id of the person who asks")
	server := cmd.Flags().String("server", "", "the name or id of the server")
	var hours rentalTime
	cmd.Flags().Var(&hours, "hours", "for how many hours, or days: 72, 3d, or 1d12h")
	groups := cmd.Flags().StringArray("groups", nil, "the members of a user group: ID=USER,USER; once for each group")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := auth.Question{User: userID(*user), Server: strings.TrimSpace(*server), Hours: order.Hours(hours)}
		if err := complete(q); err != nil {
			return usageError{err}
		}
		rules, s, err := rulesFromEnvironment()
		if err != nil {
			return err
		}
		members, err := parseGroups(*groups, rules.Groups())
		if err != nil {
			return usageError{err}
		}
		q.MaxHours = s.MaxHours
		x, err := explain(cmd.Context(), s, rules, q, members)
		switch {
		case err != nil:
			return err
		case *asJSON:
			err = printJSON(term.out, x)
		default:
			err = printExplanation(term.out, x)
		}
		if err == nil && x.Code != "" {
			return errors.New("the policy refuses this request")
		}
		return err
	}
	return cmd
}

var slackUser = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)

const (
	wrongSlackUser  = "must be a Slack user id, which begins with U or W, such as U0ALICE"
	wrongSlackUsers = "must be Slack user ids, which begin with U or W, such as U0ALICE"
)

// complete returns what is missing in a question.
func complete(q auth.Question) error {
	switch {
	case q.User == "" || q.Server == "" || q.Hours == 0:
		return errors.New("policy explain needs --user, --server, and --hours")
	case !slackUser.MatchString(q.User):
		return errors.New("--user " + wrongSlackUser)
	default:
		return nil
	}
}

// rulesFromEnvironment returns the policy in the environment, and the settings that an
// explanation needs.
func rulesFromEnvironment() (*auth.Rules, settings.Settings, error) {
	s, err := settings.LoadSome("ALLOWLIST", "SERVERS", "ADMINS", "POLICY_FILE", "MAX_HOURS", "OXHOST_TIMEZONE", "CURRENCY", databaseSetting)
	if err != nil {
		return nil, s, err
	}
	rules, err := service.NewRules(s, nil)
	return rules, s, err
}

// parseGroups reads the members of groups, which the policy must name.
func parseGroups(flags, named []string) (auth.Members, error) {
	groups := map[string]map[string]bool{}
	for _, flag := range flags {
		id, list, ok := strings.Cut(flag, "=")
		id = strings.ToUpper(strings.TrimSpace(id))
		switch {
		case !ok:
			return nil, errors.New("--groups must be the id of a user group, an equals sign, and user ids: S0LEADS=U0CARO,U0DAVE")
		case !slices.Contains(named, id):
			return nil, fmt.Errorf("--groups: the policy does not name the group %s", visible(id))
		case groups[id] != nil:
			return nil, fmt.Errorf("--groups: the group %s is there twice", id)
		}
		groups[id] = map[string]bool{}
		for user := range strings.SplitSeq(list, ",") {
			switch user = userID(user); {
			case user == "" && strings.TrimSpace(list) == "": // a group without members
			case !slackUser.MatchString(user):
				return nil, fmt.Errorf("--groups: the members of %s %s", id, wrongSlackUsers)
			default:
				groups[id][user] = true
			}
		}
	}
	return func(group string) (map[string]bool, bool) {
		members, known := groups[group]
		return members, known
	}, nil
}

// printExplanation prints an explanation for people.
func printExplanation(out io.Writer, x explained) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	server := order.Server{Name: x.ServerName, ID: x.ServerID}.Label()
	if x.Code == "" {
		printRow(table, "yes", fmt.Sprintf("%s may ask for %s for %s", x.User, server, x.Hours))
	} else {
		printRow(table, "no", fmt.Sprintf("%s (%s)", x.Why, x.Code))
	}
	if len(x.Near) > 0 {
		printRow(table, "similar", strings.Join(x.Near, ", "))
	}
	if x.Entry != "" {
		printEntry(table, x.Explanation)
		printPrice(table, x)
	}
	for _, l := range x.Limits {
		printRow(table, "limit", l.text)
	}
	for _, r := range x.Rules {
		printRule(table, r)
	}
	if x.Code == "" {
		printRow(table, "then", next(x.Rules))
	}
	printUnread(table, x)
	for _, group := range x.Unreadable {
		printRow(table, "note", fmt.Sprintf("the members of %s are not known; --groups %s=… sets them", group, group))
	}
	return table.Flush()
}

// printEntry prints what the entry of the person says.
func printEntry(table io.Writer, x auth.Explanation) {
	about := x.ServerID
	if x.About != "" {
		about += ", " + x.About
	}
	if !x.Expires.IsZero() {
		about += ", expires " + formatTime(x.Expires)
	}
	printRow(table, "server", about)
	printRow(table, "entry", x.Entry+inLine(x.Line))
	account := x.Account
	if x.AccountName != "" {
		account += " (" + x.AccountName + ")"
	}
	printRow(table, "account", account)
	if x.MaxHours > 0 {
		printRow(table, "limit", x.MaxHours.String()+" in one order")
	}
}

func inLine(line int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf(", line %d", line)
}

// printRule prints one approval rule, and who has to say yes if it matches.
func printRule(table io.Writer, r auth.RuleExplanation) {
	var why []string
	for _, c := range r.Conditions {
		if c.Holds == r.Matches {
			why = append(why, c.Why)
		}
	}
	if len(r.Conditions) == 0 {
		why = []string{"it has no conditions"}
	}
	verdict := "matches"
	if !r.Matches {
		verdict = "does not match"
	}
	printRow(table, "rule", fmt.Sprintf("%s%s: %s, because %s", r.Name, inLine(r.Line), verdict, strings.Join(why, " and ")))
	if !r.Matches {
		return
	}
	users := strings.Join(r.Users, ", ")
	if len(r.Users) == 0 {
		users = "nobody"
	}
	if len(r.Unreadable) > 0 {
		users += ", and the members of " + strings.Join(r.Unreadable, ", ")
	}
	printRow(table, "", fmt.Sprintf("needs %d of: %s", r.Count, users))
}

// next says who decides about the order.
func next(rules []auth.RuleExplanation) string {
	matching := 0
	for _, r := range rules {
		if r.Matches {
			matching++
		}
	}
	switch matching {
	case 0:
		return "the requester confirms the order"
	case 1:
		return "the order is placed when the rule has its approvals"
	default:
		return "the order is placed when all rules that match have their approvals"
	}
}
