package bot

import (
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack/socketmode"
)

const (
	// answerLife is how long an answer is worth sending again: after three
	// seconds Slack has told its user that there was none.
	answerLife = 2500 * time.Millisecond
	// maxAnswers bounds the memory that answers take.
	maxAnswers = 4096
)

// answers keeps what was answered lately, and through which socket.
type answers struct {
	now func() time.Time

	mu  sync.Mutex
	all []*givenAnswer // oldest first
}

type givenAnswer struct {
	response socketmode.Response
	at       time.Time
	socket   *socket // the last one that got it
}

// add remembers an answer that s gets.
func (a *answers) add(s *socket, response socketmode.Response) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget()
	a.all = append(a.all, &givenAnswer{response: response, at: a.now(), socket: s})
}

// drop forgets an answer that could not be given.
func (a *answers) drop(envelope string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = slices.DeleteFunc(a.all, func(g *givenAnswer) bool { return g.response.EnvelopeID == envelope })
}

// forget drops what is too old or too much. It must be called with mu held.
func (a *answers) forget() {
	old := max(0, len(a.all)-maxAnswers+1)
	for now := a.now(); old < len(a.all) && now.Sub(a.all[old].at) >= answerLife; {
		old++
	}
	clear(a.all[:old]) // so that what they hold can go
	a.all = a.all[old:]
}

// takeAll gives what s got lately, and notes that next gets it now.
func (a *answers) takeAll(s, next *socket) []socketmode.Response {
	list, _ := a.take(s, next, func(*givenAnswer) bool { return true })
	return list
}

// takeOne gives the answer to one envelope if s was the last to get it. Known
// says whether it is still worth anything; another socket may have it already.
func (a *answers) takeOne(s, next *socket, envelope string) (list []socketmode.Response, known bool) {
	return a.take(s, next, func(g *givenAnswer) bool { return g.response.EnvelopeID == envelope })
}

func (a *answers) take(s, next *socket, want func(*givenAnswer) bool) (list []socketmode.Response, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget()
	for _, g := range a.all {
		if !want(g) {
			continue
		}
		known = true
		if g.socket == s {
			g.socket = next
			list = append(list, g.response)
		}
	}
	return list, known
}
