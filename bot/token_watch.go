package bot

import (
	"context"
	"errors"
	"sync/atomic"

	"extendbot/bot/slackapi"
)

// tokenWatch tracks whether Slack accepts the bot's tokens.
type tokenWatch struct {
	cfg     *Config
	problem atomic.Pointer[tokenProblem]
	doubts  chan struct{} // holds one element while the bot token needs to be checked
}

// tokenProblem is the last refusal of a method.
type tokenProblem struct{ method, code string }

func newTokenWatch(cfg *Config) *tokenWatch {
	return &tokenWatch{cfg: cfg, doubts: make(chan struct{}, 1)}
}

// code returns Slack's error code if Slack refuses the bot, "" otherwise.
func (t *tokenWatch) code() string {
	if p := t.problem.Load(); p != nil {
		return p.code
	}
	return ""
}

// callEnded records the result of a call of the Web API. After a call that was
// refused because of its token, the token is checked.
func (t *tokenWatch) callEnded(method string, failed *slackapi.Error) {
	if failed == nil {
		if was := t.problem.Load(); was != nil && was.method == method {
			t.problem.CompareAndSwap(was, nil)
		}
		return
	}
	if failed.Class != slackapi.ClassAuth && failed.Class != slackapi.ClassPermission {
		return
	}
	t.problem.Store(&tokenProblem{method: method, code: failed.Code})
	t.cfg.Log.WithField(fieldMethod, method).WithField(fieldCode, failed.Code).
		WithField("details", failed.Details).Error("slack refuses the bot")
	if failed.Class == slackapi.ClassAuth {
		select {
		case t.doubts <- struct{}{}:
		default:
		}
	}
}

// run checks the bot token when a call raised a doubt, until ctx ends. An
// invalid token ends the bot, which could not even report it in Slack.
func (t *tokenWatch) run(ctx context.Context, check func(context.Context) error, failed chan<- error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.doubts:
		}
		if auth, ok := errors.AsType[*slackapi.AuthError](check(ctx)); ok {
			failed <- auth
			return
		}
	}
}
