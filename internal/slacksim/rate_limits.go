package slacksim

import (
	"sync"
	"sync/atomic"
	"time"
)

// limits are token buckets. Each has as many tokens as calls are allowed per
// minute, and is refilled at a constant rate.
type limits struct {
	on        atomic.Bool
	mu        sync.Mutex
	perMinute map[string]int
	buckets   map[string]*bucket
	channel   bool // chat.postMessage is also limited per channel
}

type bucket struct {
	tokens float64
	since  time.Time
}

// channelBurst is how many messages a channel accepts at once before the
// documented limit of one per second applies. Slack documents only that short
// bursts are allowed.
const channelBurst = 5

func (l *limits) init() {
	l.perMinute = make(map[string]int)
	l.buckets = make(map[string]*bucket)
}

// Limit sets how often a method may be called per minute, and at once; 0 removes
// the limit. By default there is none.
func (s *Server) Limit(method string, perMinute int) {
	l := &s.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.buckets, method)
	if perMinute > 0 {
		l.perMinute[method] = perMinute
	} else {
		delete(l.perMinute, method)
	}
	l.on.Store(len(l.perMinute) > 0 || l.channel)
}

// EnableSlackLimits sets the limits that Slack documents for each method, and the limit of
// one message per second and channel for chat.postMessage.
// https://docs.slack.dev/apis/web-api/rate-limits
func (s *Server) EnableSlackLimits() {
	const tier2, tier3, tier4, special = 20, 50, 100, 300
	for method, perMinute := range map[string]int{
		"apps.connections.open": tier3,
		"auth.test":             special,
		"bots.info":             tier3,
		"chat.postMessage":      special,
		"chat.postEphemeral":    tier4,
		"chat.update":           tier3,
		"chat.delete":           tier3,
		"chat.getPermalink":     special,
		"conversations.info":    tier3,
		"conversations.members": tier4,
		"conversations.open":    tier3,
		"conversations.replies": tier3,
		"conversations.history": tier3,
		"users.info":            tier4,
		"usergroups.list":       tier2,
		"usergroups.users.list": tier2,
		"views.open":            tier4,
		"views.push":            tier4,
		"views.update":          tier4,
		"views.publish":         tier4,
	} {
		s.Limit(method, perMinute)
	}
	s.limits.mu.Lock()
	s.limits.channel = true
	s.limits.mu.Unlock()
}

// take counts one call and returns 0, or returns how long the call has to wait.
func (l *limits) take(method, channel string, now time.Time) time.Duration {
	if !l.on.Load() {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.perMinute[method]; n > 0 {
		if wait := l.takeFrom(method, float64(n), float64(n)/60, now); wait > 0 {
			return wait
		}
	}
	if l.channel && method == "chat.postMessage" {
		return l.takeFrom(method+" "+channel, channelBurst, 1, now)
	}
	return 0
}

// takeFrom takes one token from a bucket of that size and returns 0, or returns
// the time until there is one.
func (l *limits) takeFrom(key string, size, perSecond float64, now time.Time) time.Duration {
	b := l.buckets[key]
	if b == nil {
		b = &bucket{tokens: size, since: now}
		l.buckets[key] = b
	}
	b.tokens = min(size, b.tokens+now.Sub(b.since).Seconds()*perSecond)
	b.since = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / perSecond * float64(time.Second))
	}
	b.tokens--
	return 0
}
