package slackapi

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/sirupsen/logrus"
)

// TokenWatch tracks whether Slack accepts the bot's tokens for what orders need.
type TokenWatch struct {
	log    logrus.FieldLogger
	doubts chan struct{} // holds one element while the bot token needs to be checked

	mu       sync.Mutex
	problems map[string]string // the codes with which Slack refused methods, by method
}

// NewTokenWatch returns a watch that logs what Slack refuses.
func NewTokenWatch(log logrus.FieldLogger) *TokenWatch {
	return &TokenWatch{log: log, doubts: make(chan struct{}, 1), problems: map[string]string{}}
}

// neededByOrders reports whether no order can be shown without a method. Without
// the others, people miss something: answers that only they see, or the App Home.
func neededByOrders(method string) bool {
	return method == "chat.postMessage" || method == "chat.update"
}

// Code returns Slack's error code if Slack refuses what orders need, "" otherwise.
func (t *TokenWatch) Code() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, method := range slices.Sorted(maps.Keys(t.problems)) {
		if neededByOrders(method) {
			return t.problems[method]
		}
	}
	return ""
}

// CallEnded records the result of a call of the Web API. A refusal counts until
// the method succeeds again, and is logged once. After a call that was refused
// because of its token, the token is checked.
func (t *TokenWatch) CallEnded(method string, failed *Error) {
	if failed == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.problems, method)
		return
	}
	if failed.Class != ClassAuth && failed.Class != ClassPermission {
		return
	}
	t.mu.Lock()
	was := t.problems[method]
	t.problems[method] = failed.Code
	t.mu.Unlock()
	if was != failed.Code {
		log := t.log.WithFields(logrus.Fields{"method": method, "code": failed.Code, "details": failed.Details})
		if neededByOrders(method) {
			log.Error("slack refuses the bot")
		} else {
			log.Warn("slack refuses a call that orders do not need")
		}
	}
	if failed.Class == ClassAuth {
		select {
		case t.doubts <- struct{}{}:
		default:
		}
	}
}

// Run checks the bot token when a call raised a doubt, until ctx ends. An
// invalid token ends the bot, which could not even report it in Slack.
func (t *TokenWatch) Run(ctx context.Context, check func(context.Context) error, failed chan<- error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.doubts:
		}
		if auth, ok := errors.AsType[*AuthError](check(ctx)); ok {
			failed <- auth
			return
		}
	}
}
