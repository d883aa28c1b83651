package slackweb

import (
	"net"
	"net/http"
	"strings"
)

// contentPolicy lets the page load only its own script and style sheet, and send only to
// itself. Nothing is inline.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard refuses what does not come from the page itself: requests for another host, which
// other sites send whose name resolves to this machine (DNS rebinding), and everything from
// other sites but links to the page: posts, streams, pictures.
func guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			http.Error(w, "This page is only for this machine: open it at 127.0.0.1 or localhost.", http.StatusMisdirectedRequest)
			return
		}
		if r.Header.Get("Sec-Fetch-Mode") != "navigate" && crossSite[r.Header.Get("Sec-Fetch-Site")] {
			http.Error(w, "This page answers only to itself.", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		sameOrigin.ServeHTTP(w, r)
	})
}

// fetched refuses to show in a window what is only for the page's script, so that a link on
// another site does not reach it.
func fetched(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Mode") == "navigate" {
			http.Error(w, "This address is for the page's script.", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// crossSite are the values of the header Sec-Fetch-Site for requests from other origins.
// https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
var crossSite = map[string]bool{"cross-site": true, "same-site": true}

// isLoopback reports whether a Host header names this machine's loopback interface. The port
// does not matter: it may be forwarded.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]") // without a port
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}
