package oxhost

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"extendbot/order"
)

// This file is the whole table of what an answer to create_order means.
//
//	done        2xx, success true, decodes
//	refused     2xx, success false; 400, 401, 402, 403, 404, 422
//	never sent  not a byte of the request was written (name, dial, TLS, proxy, or
//	            the time was up before), and the gate is shut to all of it; 429
//	unknown     everything else: it was written to and no status came back;
//	            1xx, 3xx, 408, 409, other 4xx, 5xx; a 2xx that is too large,
//	            breaks off or does not decode; a 4xx that says success true
//
// "Everything else" is meant: whoever adds a row has to prove it.

// tooLate is what people are told when the time for the call was up.
const tooLate = "0xhost did not answer in time"

// errMayHaveBought says that an answer contradicts itself.
var errMayHaveBought = errors.New("the status says no and the body says success")

// judge turns the end of an exchange into a receipt or an *order.PlaceError.
func (d decoder) judge(r reply, err error) (order.Receipt, error) {
	switch {
	case err != nil:
		return order.Receipt{}, judgeFailure(err)
	case r.status/100 == 2:
		return d.judgeBody(r)
	}
	switch r.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired,
		http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
		return order.Receipt{}, d.judgeNo(r, &order.PlaceError{Verdict: order.RefusedByHost})
	case http.StatusTooManyRequests:
		return order.Receipt{}, d.judgeNo(r, &order.PlaceError{Verdict: order.NeverSent, RetryAfter: r.retryAfter})
	default:
		return order.Receipt{}, unknown("0xhost answered with "+statusText(r.status), nil)
	}
}

// judgeFailure judges an exchange without an answer.
func judgeFailure(err error) *order.PlaceError {
	f, ok := errors.AsType[*failure](err)
	switch {
	case !ok:
		return unknown("0xhost could not be asked", err)
	case f.heldUp:
		return &order.PlaceError{Verdict: order.NeverSent, Reason: errHeldUp.Error(), Err: f.err}
	case !f.began:
		return &order.PlaceError{Verdict: order.NeverSent, Reason: "0xhost could not be reached: " + obstacle(f), Err: f.err}
	case f.late:
		return unknown(tooLate, f.err)
	case f.sent:
		return unknown("the order was sent and the connection ended without an answer", f.err)
	default:
		return unknown("the connection ended while the order was being sent", f.err)
	}
}

// judgeBody judges a 2xx.
func (d decoder) judgeBody(r reply) (order.Receipt, error) {
	switch {
	case r.late:
		return order.Receipt{}, unknown(tooLate, r.bodyErr)
	case r.bodyErr != nil:
		return order.Receipt{}, unknown("0xhost's answer could not be read", r.bodyErr)
	}
	var a orderAnswer
	if err := parse(r.body, &a); err != nil {
		return order.Receipt{}, unknown("0xhost's answer makes no sense", err)
	}
	success, err := a.success()
	if err != nil {
		return order.Receipt{}, unknown("0xhost's answer makes no sense", err)
	}
	if !success {
		reason := d.words(a.Message, maxWords)
		if reason == "" {
			reason = "0xhost gave no reason"
		}
		return order.Receipt{}, &order.PlaceError{Verdict: order.RefusedByHost, Reason: reason}
	}
	receipt, err := d.receipt(a)
	if err != nil {
		return order.Receipt{}, unknown("0xhost says that it went through, but its answer makes no sense", err)
	}
	return receipt, nil
}

// judgeNo completes the verdict on a status that says no, unless its body says yes.
func (d decoder) judgeNo(r reply, no *order.PlaceError) *order.PlaceError {
	no.Reason = "0xhost answered with " + statusText(r.status)
	var e envelope
	if r.bodyErr != nil || parse(r.body, &e) != nil {
		return no // the status is enough
	}
	if success, err := e.success(); err == nil && success {
		return unknown(no.Reason+" and success at once", errMayHaveBought)
	}
	if message := d.words(e.Message, maxWords); message != "" {
		no.Reason = message
	}
	return no
}

func unknown(reason string, err error) *order.PlaceError {
	return &order.PlaceError{Verdict: order.UnknownOutcome, Reason: reason, Err: err}
}

// obstacle says in words for people why nothing could be sent.
func obstacle(f *failure) string {
	switch {
	case f.late:
		return "it took too long to connect"
	case is[*net.DNSError](f.err):
		return "its name was not found"
	case is[*tls.CertificateVerificationError](f.err):
		return "its certificate is not valid"
	case errors.Is(f.err, errProxySetting):
		return errProxySetting.Error()
	default:
		return "no connection could be made"
	}
}

func isTimeout(err error) bool {
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout()
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func statusText(status int) string {
	if name := http.StatusText(status); name != "" {
		return fmt.Sprintf("HTTP %d (%s)", status, name)
	}
	return fmt.Sprintf("HTTP %d", status)
}
