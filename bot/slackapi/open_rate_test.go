package slackapi

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

type answer func(*http.Request) (*http.Response, error)

func (f answer) Do(r *http.Request) (*http.Response, error) { return f(r) }

// Without a hello, the pauses between opens grow.
func TestOpener_SlowsDownWithoutHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		o := &Opener{
			next:   answer(func(*http.Request) (*http.Response, error) { at = append(at, time.Now()); return nil, nil }),
			limit:  NewOpenLimit(2),
			jitter: func() float64 { return 1 }, opened: func() {},
		}
		open := func() {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://slack/api/apps.connections.open", nil)
			if _, err := o.Do(req); err != nil { //nolint:bodyclose // there is no answer
				t.Fatal(err)
			}
		}
		for range 12 {
			open()
		}
		for i := 1; i < len(at); i++ {
			want := min(firstOpenPause<<(i-1), maxOpenPause)
			if got := at[i].Sub(at[i-1]); got < want {
				t.Errorf("open %d came %s after the one before, want %s", i, got, want)
			}
		}
		o.GotHello()
		before := time.Now()
		open()
		if took := time.Since(before); took > 0 {
			t.Errorf("after a hello the next open waited %s", took)
		}
	})
}

// Opens that all get their hello stay within Slack's limit.
func TestOpener_KeepsToSlacksPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := 0
		o := &Opener{
			next:   answer(func(*http.Request) (*http.Response, error) { opens++; return nil, nil }),
			limit:  NewOpenLimit(2),
			jitter: func() float64 { return 0 }, opened: func() {},
		}
		for began := time.Now(); time.Since(began) < time.Minute; o.GotHello() {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://slack/", nil)
			if _, err := o.Do(req); err != nil { //nolint:bodyclose // there is no answer
				t.Fatal(err)
			}
		}
		if opens > 50+OpenBurst+4+1 {
			t.Errorf("%d opens in a minute", opens)
		}
	})
}
