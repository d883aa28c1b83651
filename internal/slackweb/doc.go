// Package slackweb is a page in the browser that looks and works like a Slack client. It
// shows a simulated Slack (package slacksim), in which everybody can be anybody: it is for
// the demo and its tests, on this machine only.
//
// The page is rendered here, with html/template, as pieces with ids in containers. A live
// stream of server-sent events brings the pieces that changed, and a small script puts them
// into the page. What people do is posted as forms.
//
// The package knows Slack's surfaces, and nothing of the app in it: what the app has
// installed, and what the drawer shows of the world outside Slack, is in its [Config].
package slackweb
