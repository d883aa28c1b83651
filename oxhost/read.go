package oxhost

import (
	"context"
	"net/http"
	"net/url"
	"path"
)

// hasEnvelope is an answer that embeds an envelope.
type hasEnvelope interface{ common() envelope }

// read makes one GET call and decodes its answer. Every error is a *ReadError.
func (c *Client) read(ctx context.Context, endpoint string, query url.Values, into hasEnvelope) error {
	failed := &ReadError{Op: path.Base(endpoint)}
	request, err := c.newRequest(ctx, http.MethodGet, endpoint, query, nil)
	if err != nil {
		failed.Err = err
		return failed
	}
	a, err := c.exchange(c.reads, request, nil)
	if err != nil {
		failed.Err = err
		return failed
	}
	failed.RetryAfter = a.retryAfter
	if a.status/100 != 2 {
		failed.Status = a.status
		if a.bodyErr == nil {
			failed.Message = c.decoder.reason(a.body)
		}
		return failed
	}
	if a.bodyErr != nil {
		failed.Err = a.bodyErr
		return failed
	}
	if err := parseJSON(a.body, into); err != nil {
		failed.Err = err
		return failed
	}
	success, err := into.common().success()
	if err != nil {
		failed.Err = err
		return failed
	}
	if !success {
		failed.Message = c.decoder.reason(a.body)
		if failed.Message == "" {
			failed.Message = "refused without a reason"
		}
		return failed
	}
	return nil
}
