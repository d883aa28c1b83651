package oxhost

import (
	"errors"
	"fmt"
	"net"
	"net/http"

	"extendbot/internal/netcause"
	"extendbot/order"
)

// This file is the complete table of what an answer of create_order means.
//
//	done        2xx, success true, decodes
//	refused     2xx, success false; 400, 401, 402, 403, 404, 422
//	never sent  no byte of the request was written (DNS, dial, TLS, proxy, or
//	            the time limit passed before), and the send guard blocks it from now
//	            on
//	throttled   429: the order may have been made all the same
//	unknown     everything else: a part of the request was written and no status
//	            came back; 1xx, 3xx, 408, 409, other 4xx, 5xx; a 2xx that is too
//	            large, is incomplete or does not decode; a 4xx with success true
//
// Any answer that is not listed is unknown. Before moving one to another row,
// prove that nothing can have been bought.

// reasonTimeout is the reason for people when the time limit passed.
const reasonTimeout = "0xhost did not answer in time"

// errContradiction means that the parts of an answer contradict each other.
var errContradiction = errors.New("the HTTP status is an error, but the body reports success")

// judge turns the result of an exchange into a receipt or an *order.PlaceError.
func (d decoder) judge(a httpAnswer, err error) (order.Receipt, error) {
	switch {
	case err != nil:
		return order.Receipt{}, judgeNoAnswer(err)
	case a.status/100 == 2:
		return d.judgeSuccess(a)
	}
	switch a.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired,
		http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
		return order.Receipt{}, d.judgeError(a, &order.PlaceError{Verdict: order.RefusedByHost})
	case http.StatusTooManyRequests:
		return order.Receipt{}, d.judgeError(a, &order.PlaceError{Verdict: order.Throttled, RetryAfter: a.retryAfter})
	default:
		return order.Receipt{}, unknown("0xhost answered with "+statusText(a.status), nil)
	}
}

// judgeNoAnswer judges an exchange without an HTTP status.
func judgeNoAnswer(err error) *order.PlaceError {
	e, ok := errors.AsType[*noAnswerError](err)
	switch {
	case !ok:
		return unknown("the call to 0xhost failed", err)
	case e.blocked:
		return &order.PlaceError{Verdict: order.NeverSent, Reason: errPausedTooLong.Error(), Err: e.err}
	case !e.started:
		return &order.PlaceError{Verdict: order.NeverSent, Reason: "0xhost could not be reached: " + connectProblem(e), Err: e.err}
	case e.timedOut:
		return unknown(reasonTimeout, e.err)
	case e.written:
		return unknown("the order was sent, but the connection ended without an answer", e.err)
	default:
		return unknown("the connection ended while the order was being sent", e.err)
	}
}

// judgeSuccess judges an answer with a 2xx status.
func (d decoder) judgeSuccess(a httpAnswer) (order.Receipt, error) {
	switch {
	case a.timedOut:
		return order.Receipt{}, unknown(reasonTimeout, a.bodyErr)
	case a.bodyErr != nil:
		return order.Receipt{}, unknown("0xhost's answer could not be read", a.bodyErr)
	}
	var answer createOrderJSON
	if err := parseJSON(a.body, &answer); err != nil {
		return order.Receipt{}, unknown("0xhost's answer is not valid", err)
	}
	success, err := answer.success()
	if err != nil {
		return order.Receipt{}, unknown("0xhost's answer is not valid", err)
	}
	if !success {
		reason := d.reason(a.body)
		if reason == "" {
			reason = "0xhost gave no reason"
		}
		return order.Receipt{}, &order.PlaceError{Verdict: order.RefusedByHost, Reason: reason}
	}
	receipt, err := d.receipt(answer)
	if err != nil {
		return order.Receipt{}, unknown("0xhost reports success, but the rest of its answer is not valid", err)
	}
	return receipt, nil
}

// judgeError completes the verdict on an answer with an error status. If the
// body reports success, the outcome is unknown instead.
func (d decoder) judgeError(a httpAnswer, verdict *order.PlaceError) *order.PlaceError {
	verdict.Reason = "0xhost answered with " + statusText(a.status)
	var e envelope
	if a.bodyErr != nil {
		return verdict // the status is enough
	}
	if parseJSON(a.body, &e) == nil {
		if success, err := e.success(); err == nil && success {
			return unknown(verdict.Reason+", but the body reports success", errContradiction)
		}
	}
	switch reason := d.reason(a.body); reason {
	case "":
	case hiddenMessage:
		verdict.Reason += "; " + hiddenMessage
	default:
		verdict.Reason = reason
	}
	return verdict
}

func unknown(reason string, err error) *order.PlaceError {
	return &order.PlaceError{Verdict: order.UnknownOutcome, Reason: reason, Err: err}
}

// connectProblem says, for people, why nothing could be sent.
func connectProblem(e *noAnswerError) string {
	if e.timedOut {
		return "it took too long to connect"
	}
	return netcause.Of(e.err).Words
}

func isTimeout(err error) bool {
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout()
}

func statusText(status int) string {
	if name := http.StatusText(status); name != "" {
		return fmt.Sprintf("HTTP %d (%s)", status, name)
	}
	return fmt.Sprintf("HTTP %d", status)
}
