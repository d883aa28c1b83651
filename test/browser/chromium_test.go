package browser

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// names are the names under which Chromium is installed. scripts/chromium-for-tests reads the
// same file.
//
//go:embed chromium.txt
var names string

// find returns the path of Chromium.
func find() (string, error) {
	if named := os.Getenv("CHROMIUM"); named != "" {
		return exec.LookPath(named)
	}
	for name := range strings.Lines(names) {
		if path, err := exec.LookPath(strings.TrimSpace(name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("none of these is in PATH: %s", strings.Join(strings.Fields(names), ", "))
}

var update = flag.Bool("update", false, "write the pictures in docs/images, and their texts")

// browser is one Chromium that all tests share. The first test that needs it starts it.
type browser struct {
	once sync.Once
	ctx  context.Context //nolint:containedctx // it is how chromedp names a browser
	end  context.CancelFunc
	err  error
}

var chromium browser

// open returns the context of the browser, in which windows open. Without Chromium, it skips
// the test, and with CI=true it fails it.
func (b *browser) open(t *testing.T) context.Context {
	t.Helper()
	path, err := find()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("this test needs Chromium, see scripts/chromium-for-tests: ", err)
	}
	if err == nil {
		b.once.Do(func() { b.start(path) })
		err = b.err
	}
	if err != nil {
		t.Fatal("start Chromium: ", err)
	}
	return b.ctx
}

func (b *browser) start(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], // it runs without a sandbox only as root
		chromedp.ExecPath(path),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.WindowSize(1280, 800),
		// Lets find.js ask for the role and the name that a screen reader announces.
		chromedp.Flag("enable-blink-features", "ComputedAccessibilityInfo"),
	)
	if fonts, err := filepath.Abs("fonts.conf"); err == nil && *update {
		options = append(options, chromedp.Env("FONTCONFIG_FILE="+fonts))
	}
	allocator, wait := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b.ctx, b.end = ctx, func() { cancel(); wait() }
	b.err = chromedp.Do(ctx) // starts it
}

// close ends the browser, and waits for its processes and its folder to be gone.
func (b *browser) close() error {
	if b.end == nil {
		return nil
	}
	defer b.end()
	if b.err != nil {
		return nil // it never started, which its tests reported
	}
	return chromedp.Cancel(b.ctx)
}
