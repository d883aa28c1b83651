package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// Script plays the whole conversation and shows it on out. The bot's log goes to
// log. It returns an error if a step failed.
func Script(ctx context.Context, out, log io.Writer) (err error) {
	s, err := newSession(slacksim.Config{}, log, &stage.Clock{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return newScript(s, out).play(ctx, scenes())
}

// scene is a part of the conversation. Its error means that the scene could not
// continue; the script counts failed expectations.
type scene struct {
	title string
	play  func(context.Context, *script) error
}

// script plays scenes, shows them with times, and checks them.
type script struct {
	*session
	screen

	out      io.Writer
	opening  map[string]decimal.Decimal // balances at the beginning, by account
	failures int                        // failed scenes
	missed   int                        // failed expectations of this scene
	begun    bool                       // a person has already done something in this scene
}

func newScript(session *session, out io.Writer) *script {
	s := &script{session: session, screen: screenFor(out, session.Stage, session.world.Now), out: out, opening: map[string]decimal.Decimal{}}
	s.width -= gutter
	for _, p := range s.Cast.Payers() {
		s.opening[p.Account] = s.Oxhost.Balance(p.Account)
	}
	return s
}

// play plays the scenes and returns an error if one of them failed.
func (s *script) play(ctx context.Context, scenes []scene) error {
	start := time.Now()
	s.print(s.title()+s.paint(dim, " (started in "+short(s.startup)+")"),
		s.paint(dim, "On the left: the time since the person typed or clicked."))
	for i, one := range scenes {
		s.scene(ctx, fmt.Sprintf("%d. %s", i+1, one.title), one.play)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	s.scene(ctx, "What it cost", finalCharges)
	if s.failures > 0 {
		return fmt.Errorf("%d of %s failed", s.failures, plural(len(scenes)+1, "scene"))
	}
	s.print("", s.paint(styles(bold, green), fmt.Sprintf("Everything worked as expected, in %s.", short(time.Since(start)))))
	return nil
}

// scene plays one scene.
func (s *script) scene(ctx context.Context, title string, play func(context.Context, *script) error) {
	s.print("", s.paint(styles(bold, blue), title), "")
	s.missed, s.begun = 0, false
	if err := play(ctx, s); err != nil {
		s.miss("%v", err)
	}
	if s.missed > 0 {
		s.failures++
	}
}

// gutter is the width in columns of the times on the left.
const gutter = 11

var blank = strings.Repeat(" ", gutter)

func (s *script) print(lines ...string) {
	for _, l := range lines {
		fmt.Fprintln(s.out, l)
	}
}

// timed prints lines, with a time next to the first one.
func (s *script) timed(took time.Duration, lines ...string) {
	for i, l := range lines {
		left := blank
		if i == 0 {
			left = s.paint(dim, fmt.Sprintf("%*s  ", gutter-2, short(took)))
		}
		s.print(strings.TrimRight(left+l, " "))
	}
}

// showAction prints what a person does.
func (s *script) showAction(user, what string) {
	if s.begun {
		s.print("")
	}
	s.begun = true
	s.print(blank + s.paint(bold, s.name(user)) + " " + what)
}

// showAnswer prints what the bot showed, and where.
func (s *script) showAnswer(took time.Duration, where string, body []string) {
	s.timed(took, append([]string{s.paint(bold, botName) + s.paint(dim, where)}, s.barred(body)...)...)
}

// expect prints that an expectation was met, or what happened instead.
func (s *script) expect(ok bool, what, instead string) {
	if ok {
		s.print(blank + s.paint(green, "✓") + " " + what)
		return
	}
	s.miss("expected: %s; but: %s", what, instead)
}

func (s *script) miss(format string, args ...any) {
	s.missed++
	s.print(blank + s.paint(styles(bold, red), "✗ "+fmt.Sprintf(format, args...)))
}

// expectText expects that the bot's message contains these texts.
func (s *script) expectText(said string, texts ...string) {
	for _, text := range texts {
		if !strings.Contains(said, text) {
			s.miss("expected: %q; but the message is: %q", text, said)
		}
	}
}

// expectCharges expects a number of orders at 0xhost, and the amounts that it
// charged for.
func (s *script) expectCharges(orders int, amounts ...string) {
	var charged []string
	for _, c := range s.Oxhost.Charges() {
		charged = append(charged, c.Amount.StringFixed(2))
	}
	got := fmt.Sprintf("%s, charges: %s", plural(len(s.Oxhost.Arrivals()), "order"), amountList(charged))
	want := fmt.Sprintf("%s, charges: %s", plural(orders, "order"), amountList(amounts))
	s.expect(got == want, "0xhost received "+want, got)
}

func amountList(amounts []string) string {
	if len(amounts) == 0 {
		return "none"
	}
	return strings.Join(amounts, " and ") + " EUR"
}
