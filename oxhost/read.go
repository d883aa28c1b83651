package oxhost

import (
	"context"
	"net/http"
	"net/url"
	"path"
)

// answered is a wire type with an envelope.
type answered interface{ head() envelope }

func (e envelope) head() envelope { return e }

// read makes one call that only reads and decodes its answer into one of the
// wire types. Every error is an *Error.
func (c *Client) read(ctx context.Context, endpoint string, query url.Values, into answered) error {
	failed := &Error{Op: path.Base(endpoint)}
	request, err := c.newRequest(ctx, http.MethodGet, endpoint, query, nil)
	if err != nil {
		failed.Err = err
		return failed
	}
	r, err := c.exchange(c.reads, request, nil)
	if err != nil {
		failed.Err = err
		return failed
	}
	failed.RetryAfter = r.retryAfter
	if r.status/100 != 2 {
		failed.Status = r.status
		var e envelope
		if r.bodyErr == nil && parse(r.body, &e) == nil {
			failed.Message = c.decoder().words(e.Message, maxWords)
		}
		return failed
	}
	if r.bodyErr != nil {
		failed.Err = r.bodyErr
		return failed
	}
	if err := parse(r.body, into); err != nil {
		failed.Err = err
		return failed
	}
	success, err := into.head().success()
	if err != nil {
		failed.Err = err
		return failed
	}
	if !success {
		failed.Message = c.decoder().words(into.head().Message, maxWords)
		if failed.Message == "" {
			failed.Message = "refused without a reason"
		}
		return failed
	}
	return nil
}
