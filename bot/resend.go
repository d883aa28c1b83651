package bot

import (
	"context"
	"time"

	"github.com/slack-go/slack/socketmode"
)

// resendPause leaves a broken connection the time to be noticed as such, if
// there is no other one.
const resendPause = 50 * time.Millisecond

// resendAll gives what was answered lately through s, whose link has ended, to
// a connection that works. slack-go takes an answer from its queue and may lose
// it without a word when the link ends at that moment, and what was written to
// a link that was dead already never arrived. Slack takes the first answer to
// an envelope and ignores a second one.
func (s *socket) resendAll() {
	next := s.app.listening(s)
	if list := s.app.answers.takeAll(s, next); len(list) > 0 {
		s.app.inflight.run(func() { s.send(next, list) })
	}
}

// resend does the same for one answer that could not be written. It says false
// if the answer is lost.
func (s *socket) resend(envelope string) bool {
	next := s.app.listening(s)
	list, known := s.app.answers.takeOne(s, next, envelope)
	if len(list) == 0 {
		return known
	}
	return s.app.inflight.run(func() { s.send(next, list) })
}

func (s *socket) send(next *socket, list []socketmode.Response) {
	ctx, cancel := context.WithTimeoutCause(s.app.life, ackTimeout, errAckTimeout)
	defer cancel()
	if next == s && sleep(ctx, resendPause) != nil {
		return
	}
	for _, response := range list {
		if err := next.client.SendCtx(ctx, response); err != nil {
			s.lost(response.EnvelopeID)
		}
	}
}

// listening gives another connection than s that has had its hello, s if there
// is none.
func (a *App) listening(s *socket) *socket {
	for _, other := range a.sockets {
		if other != s && other.greeted.Load() {
			return other
		}
	}
	return s
}
