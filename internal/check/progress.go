package check

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// quietFor is how long a step may take before it is mentioned, and mentionEvery the
	// pause between two mentions.
	quietFor     = 2 * time.Second
	mentionEvery = 10 * time.Second
)

// step runs one step, and mentions it while it takes long.
func (r *run) step(ctx context.Context, name string, do func(context.Context)) {
	done := make(chan struct{})
	var mentions sync.WaitGroup
	mentions.Go(func() { r.mention(name, done) })
	do(ctx)
	close(done)
	mentions.Wait()
}

func (r *run) mention(name string, done <-chan struct{}) {
	began, pause := time.Now(), quietFor
	for {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			r.progress(fmt.Sprintf("still busy with %s (%s)", name, time.Since(began).Round(time.Second)))
			pause = mentionEvery
		case <-done:
			timer.Stop()
			return
		}
	}
}

// progress says what happens now.
func (r *run) progress(text string) {
	r.output.Lock()
	defer r.output.Unlock()
	if r.Progress != nil {
		r.Progress(text)
	}
}
