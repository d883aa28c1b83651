package browser

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"extendbot/internal/oxhostsim"
)

// images is the folder of the pictures.
const images = "../../docs/images"

// changing is what differs each time that a scene is played: ids of orders and of 0xhost, and
// the time of the day.
var changing = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-z]{8}-[0-9a-z]{8}\b|\b\d\d?:\d\d\b`)

// normalized returns a text as the .txt files have it.
func normalized(text string) string {
	var lines []string
	for line := range strings.Lines(changing.ReplaceAllString(text, "…")) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// album checks or writes the pictures of one world.
type album struct{ t *testing.T }

// picture checks that a picture still shows what a part of the page says. With -update, it
// writes the picture, light and dark.
func (a album) picture(name string, p *part, texts ...string) {
	a.t.Helper()
	text := normalized(p.see(texts...))
	path := filepath.Join(images, name)
	if !*update {
		want, err := os.ReadFile(path + ".txt")
		if err != nil {
			a.t.Fatal("run make pictures: ", err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); diff != "" {
			a.t.Errorf("docs/images/%s.txt and the pictures of that name are old: run make pictures, and look at them (-old +new):\n%s", name, diff)
		}
		return
	}
	a.write(path+".txt", []byte(text))
	for _, scheme := range []string{"light", "dark"} {
		p.w.do("wear "+scheme, colors(scheme))
		a.write(path+"-"+scheme+".png", p.picture())
	}
	p.w.do("wear light", colors("light"))
}

func (a album) write(path string, content []byte) {
	a.t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // a file of the repository
		a.t.Fatal(err)
	}
}

// picture returns a PNG of the part.
func (p *part) picture() []byte {
	p.w.t.Helper()
	p.w.do("take the mouse away", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 1, 1))
	box := p.is("box", "")
	png, err := chromedp.Run(p.w.ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		yes := true
		shot, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &yes,
			Clip:                  &page.Viewport{X: box.X, Y: box.Y, Width: box.Width, Height: box.Height, Scale: 1},
		})
		return shot.Data, err
	})
	if err != nil {
		p.w.t.Fatal("take a picture: ", err)
	}
	return png
}

// colors makes a window light or dark, without animations.
func colors(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	})
}

// size makes a window this large, with two pixels for each CSS pixel.
func size(width, height int64) chromedp.Action[chromedp.Void] {
	return chromedp.EmulateViewport(width, height, chromedp.EmulateScale(2))
}

// The pictures in docs/images show what the program says today: their texts, which are beside
// them, are those of the page.
func TestPictures_ShowTheMessages(t *testing.T) {
	t.Parallel()
	world := start(t)
	a := album{t}
	alice := world.as("alice", size(820, 720), colors("light"))
	carol := world.as("carol", size(820, 720), colors("light"))

	alice.say("/extend web-1 3d because the demo is on Monday")
	card := alice.message("web-1 by 3 days")
	a.picture("card", card, "1.30 EUR", "3328.78")
	card.press("Confirm 3 days")
	card.see("✅ Extended")
	card.press("Reply in thread")
	replies := alice.thread().in(step{Roles: []string{"log"}, Name: "Thread"})
	a.picture("receipt", replies, "3327.48 EUR", "1 reply")
	alice.press("Close the thread")
	alice.thread().gone()

	alice.say("/extend db-1 3d because the audit is on Friday")
	card = carol.message("db-1 by 3 days")
	a.picture("approval", card, "Needs @carol", "7.00 EUR")
	card.press("Approve 3 days")
	card.see("✅ Extended")

	alice.say("/extend")
	form := alice.dialog("Extend a server")
	form.choose("Server", "web-2")
	form.choose("How long", "3 days")
	a.picture("form", form, "About 1.30 EUR")
	form.press("Cancel")
	form.gone()

	world.do("clock", "7h")
	a.picture("reminder", alice.message("web-2 runs out"), "0.43 EUR for 1 day")

	world.do("order", "lost")
	world.Stage.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // it stays unknown
	alice.say("/extend web-2 1d")
	card = alice.message("web-2 by 1 day")
	card.press("Confirm 1 day")
	card.see("Outcome unknown")
	card.press("Reply in thread")
	a.picture("unknown", replies, "it is not known whether", "1 reply")
	alice.press("Close the thread")
	alice.thread().gone()

	alice.do("make room", size(820, 760))
	alice.press("extendbot Home")
	a.picture("home", alice.in(step{Roles: []string{"main"}}), "Your servers", "8.73 of 50.00")
}

// do does what a control of the drawer does.
func (w *world) do(control, choice string) {
	w.t.Helper()
	if _, err := w.Do(w.t.Context(), control, choice); err != nil {
		w.t.Fatal(control, ": ", err)
	}
}
