package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/slacksim"
)

// runScript plays all scenes to the end.
func runScript(ctx context.Context, term terminal, log io.Writer) (err error) {
	d, err := newDemo(ctx, slacksim.Config{}, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	return newScript(d, term.out).play(ctx, scenes())
}

// scene is a part of the conversation that proves one thing. Its error means
// that it could not go on; what it found wrong is counted by the script.
type scene struct {
	title string
	play  func(context.Context, *script) error
}

// script plays scenes, shows them with times, and checks them.
type script struct {
	*demo
	screen

	out      io.Writer
	patience time.Duration
	opening  map[string]decimal.Decimal // what the accounts had at the beginning
	wrong    int                        // scenes that did not go as they should
	missed   int                        // expectations of this scene that were not met
	begun    bool                       // somebody has done something in this scene
}

func newScript(d *demo, out io.Writer) *script {
	s := &script{
		demo: d, screen: screenFor(out, d.stage), out: out, patience: demoPatience,
		opening: map[string]decimal.Decimal{},
	}
	s.width -= gutter
	for _, o := range owners {
		s.opening[o.account] = d.oxhost.Balance(o.account)
	}
	return s
}

// play plays the scenes. Its error says that one of them went otherwise.
func (s *script) play(ctx context.Context, scenes []scene) error {
	start := time.Now()
	s.print(s.paint(bold, "extendbot, the real one, on a Slack and a 0xhost of its own")+s.paint(dim, " (started in "+short(s.took)+")"),
		s.paint(dim, "On the left: the time since somebody typed or clicked."))
	for i, one := range scenes {
		s.scene(ctx, fmt.Sprintf("%d. %s", i+1, one.title), one.play)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	s.scene(ctx, "What it cost", theEnd)
	if s.wrong > 0 {
		return fmt.Errorf("%d of %s did not go as they should", s.wrong, plural(len(scenes)+1, "scene"))
	}
	s.print("", s.paint(bold|green, fmt.Sprintf("All of it went as it should, in %s.", short(time.Since(start)))))
	return nil
}

// scene plays one of them.
func (s *script) scene(ctx context.Context, title string, play func(context.Context, *script) error) {
	s.print("", s.paint(bold|blue, title), "")
	s.missed, s.begun = 0, false
	if err := play(ctx, s); err != nil {
		s.miss("%v", err)
	}
	if s.missed > 0 {
		s.wrong++
	}
}

// gutter is how many columns the times at the left take.
const gutter = 11

var blank = strings.Repeat(" ", gutter)

func (s *script) print(lines ...string) {
	for _, l := range lines {
		fmt.Fprintln(s.out, l)
	}
}

// timed prints lines with a time beside the first.
func (s *script) timed(took time.Duration, lines ...string) {
	for i, l := range lines {
		left := blank
		if i == 0 {
			left = s.paint(dim, fmt.Sprintf("%*s  ", gutter-2, short(took)))
		}
		s.print(strings.TrimRight(left+l, " "))
	}
}

// does prints what a person does.
func (s *script) does(user, what string) {
	if s.begun {
		s.print("")
	}
	s.begun = true
	s.print(blank + s.paint(bold, s.name(user)) + " " + what)
}

// says prints what the bot showed, without the time of day.
func (s *script) says(took time.Duration, where string, body []string) {
	s.timed(took, append([]string{s.paint(bold, botName) + s.paint(dim, where)}, indent(s.paint(dim, "│")+" ", body)...)...)
}

// expect prints that something is as it should be, or what it is instead.
func (s *script) expect(ok bool, what, instead string) {
	if ok {
		s.print(blank + s.paint(green, "✓") + " " + what)
		return
	}
	s.miss("expected: %s; but: %s", what, instead)
}

func (s *script) miss(format string, args ...any) {
	s.missed++
	s.print(blank + s.paint(bold|red, "✗ "+fmt.Sprintf(format, args...)))
}

// expectWords wants to read something in what the bot said.
func (s *script) expectWords(said string, words ...string) {
	for _, w := range words {
		if !strings.Contains(said, w) {
			s.miss("expected: it says %q; but: %q", w, said)
		}
	}
}

// expectBooks wants that 0xhost got so many orders in all, and charged these
// sums.
func (s *script) expectBooks(orders int, sums ...string) {
	var charged []string
	for _, c := range s.oxhost.Charges() {
		charged = append(charged, c.Amount.StringFixed(2))
	}
	got := fmt.Sprintf("%s, charges: %s", plural(len(s.oxhost.Arrivals()), "order"), list(charged))
	want := fmt.Sprintf("%s, charges: %s", plural(orders, "order"), list(sums))
	s.expect(got == want, "0xhost has seen "+want, got)
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " and ") + " EUR"
}
