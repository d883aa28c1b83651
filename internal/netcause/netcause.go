// Package netcause names the reason why an HTTP request got no answer, with a
// short code for logs and metrics and with words for people. Neither contains a
// URL, a user, a password, or anything that the other side sent.
//
// To tell the refusals of a proxy apart, the transport has to use
// [ProxyFromEnvironment] and [CheckProxyAnswer].
package netcause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
)

// The codes.
const (
	NoSuchHost       = "no_such_host"
	Refused          = "refused"           // nothing listens there, or a firewall refuses
	Unreachable      = "unreachable"       // there is no route
	UnknownAuthority = "unknown_authority" // the certificate's issuer is not trusted here
	Certificate      = "certificate"       // another problem of the certificate
	NoTLS            = "no_tls"            // the other side does not speak TLS
	ProxySetting     = "proxy_setting"     // HTTPS_PROXY or HTTP_PROXY is not a proxy's URL
	ProxyUnreachable = "proxy_unreachable" // no connection to the proxy
	ProxyAuth        = "proxy_auth"        // the proxy answers 407
	ProxyRefused     = "proxy_refused"     // the proxy refuses with another status
	Timeout          = "timeout"
	Reset            = "reset"   // the connection was reset
	Closed           = "closed"  // the connection was closed without an answer
	Network          = "network" // anything else
)

// Codes returns all codes.
func Codes() []string {
	return []string{
		NoSuchHost, Refused, Unreachable, UnknownAuthority, Certificate, NoTLS,
		ProxySetting, ProxyUnreachable, ProxyAuth, ProxyRefused, Timeout, Reset, Closed, Network,
	}
}

// Cause is the reason why a request got no answer. The zero value means that
// there was no error.
type Cause struct {
	// Code is one of [Codes].
	Code string
	// Words say the same about the server that was called, as in "its name was not
	// found".
	Words string
	// Fix tells the person who runs the program what to look at. It is "" if there
	// is nothing to add to the words.
	Fix string
}

// String returns the words and the fix.
func (c Cause) String() string {
	if c.Fix == "" {
		return c.Words
	}
	return c.Words + "; " + c.Fix
}

// Of returns the cause of an error of net/http or net. The code is [Network] if
// the error is of no known kind.
func Of(err error) Cause {
	if err == nil {
		return Cause{}
	}
	if cause, ok := ofProxy(err); ok {
		return cause
	}
	if cause, ok := ofTLS(err); ok {
		return cause
	}
	switch {
	case is[*net.DNSError](err):
		return Cause{Code: NoSuchHost, Words: "its name was not found"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Cause{Code: Refused, Words: "it refuses the connection"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Cause{Code: Unreachable, Words: "there is no route to it"}
	case isTimeout(err):
		return Cause{Code: Timeout, Words: "it did not answer in time"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Cause{Code: Reset, Words: "the connection was reset"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Cause{Code: Closed, Words: "the connection was closed without an answer"}
	default:
		return Cause{Code: Network, Words: "the connection failed"}
	}
}

// ofTLS returns the cause of an error of the TLS handshake.
func ofTLS(err error) (Cause, bool) {
	if is[x509.UnknownAuthorityError](err) {
		return Cause{
			Code: UnknownAuthority, Words: "its certificate comes from an authority that is not trusted here",
			Fix: "if the authority is your own, for example that of a proxy, name the file of its certificate in SSL_CERT_FILE",
		}, true
	}
	if is[x509.HostnameError](err) {
		return Cause{Code: Certificate, Words: "its certificate is for another host"}, true
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return Cause{
			Code: Certificate, Words: "its certificate has expired or is not valid yet",
			Fix: "check the clock of this machine",
		}, true
	}
	if is[*tls.CertificateVerificationError](err) {
		return Cause{Code: Certificate, Words: "its certificate is not valid"}, true
	}
	if is[tls.RecordHeaderError](err) || errors.Is(err, http.ErrSchemeMismatch) {
		return Cause{Code: NoTLS, Words: "it does not speak TLS"}, true
	}
	return Cause{}, false
}

func isTimeout(err error) bool {
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// is reports whether an error, or one that it wraps, has type E.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
