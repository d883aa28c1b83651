package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// findJS finds things in a page and does something with them.
//
//go:embed find.js
var findJS string

// patience is how long a window waits until it shows something. It is far more than anything
// takes, even on a busy machine.
const patience = 30 * time.Second

// window is one person's browser window.
type window struct {
	*part // the whole page

	t        *testing.T
	ctx      context.Context //nolint:containedctx // it is how chromedp names a window
	problems *problems
}

// open opens a window that shows an address. It is closed when the test ends, which fails if
// there were problems. Each window has a profile of its own, like one on another machine.
func open(t *testing.T, address string, setup ...chromedp.Action[chromedp.Void]) *window {
	t.Helper()
	w := &window{t: t, problems: &problems{}}
	w.part = &part{w: w}
	ctx, cancel := chromedp.NewContext(chromium.open(t),
		chromedp.WithNewBrowserContext(), chromedp.WithListener(w.problems.listen))
	w.ctx = ctx
	t.Cleanup(func() {
		w.close()
		cancel()
	})
	// Without it, Chromium builds the whole tree of roles and names again for each question.
	keepTree := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, accessibility.Enable, cdp.Empty{})
		return err
	})
	w.do("open a window", append(setup, keepTree, chromedp.Navigate(address))...)
	return w
}

// close checks that nothing went wrong, and closes the window.
func (w *window) close() {
	if w.t.Failed() {
		w.keepPicture()
	} else if f, err := w.look(nil, "barriers", ""); err != nil || f.Problem != "" {
		w.t.Error("the page: ", f.Problem, err)
	}
	w.mayFail()
	if err := chromedp.Cancel(w.ctx); err != nil {
		w.t.Error("close the window: ", err)
	}
}

// keepPicture keeps what the window shows, for whoever runs the tests with -artifacts.
func (w *window) keepPicture() {
	picture, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(w.t.ArtifactDir(), fmt.Sprintf("window-%p.png", w)), picture, 0o600)
	}
	if err != nil {
		w.t.Log("no picture of the window: ", err)
	}
}

// mayFail forgets the problems so far. It fails the test if one of them contains none of the
// texts.
func (w *window) mayFail(texts ...string) {
	w.t.Helper()
	// Events are heard in order, so this answer comes after those so far.
	if _, err := w.look(nil, "text", ""); err != nil {
		w.t.Error("look at the window: ", err)
	}
	for _, problem := range w.problems.take() {
		if !containsAny(problem, texts) {
			w.t.Error(problem)
		}
	}
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// do runs actions that work at once, or never.
func (w *window) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, actions...); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

// found is what find.js returns.
type found struct {
	Problem             string
	Text                string
	X, Y, Width, Height float64
}

// look calls find.js once.
func (w *window) look(steps []step, verb, value string) (found, error) {
	args := make([]string, 3)
	for i, arg := range []any{append([]step{}, steps...), verb, value} {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(arg); err != nil {
			return found{}, err
		}
		args[i] = b.String()
	}
	return chromedp.Run(w.ctx, chromedp.Evaluate[found]("("+findJS+")("+strings.Join(args, ",")+")"))
}

// until calls a function until it returns no problem.
func (w *window) until(what string, try func() (problem string)) {
	w.t.Helper()
	ctx, cancel := context.WithTimeoutCause(w.ctx, patience, fmt.Errorf("not within %s", patience))
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		problem := try()
		if problem == "" {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			page, _ := w.look(nil, "text", "") // as far as it can still be read
			w.t.Fatalf("%s: %s (%v)\nThe window shows:\n%s\nProblems: %q",
				what, problem, context.Cause(ctx), page.Text, w.problems.take())
		}
	}
}
