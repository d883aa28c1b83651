package oxhost

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
)

// sanitizeError reduces an error of net/http to what may be shown. It drops the
// URL, whose query contains an account id. If there was a connection, it also
// drops every error that it does not know, because net/http quotes an answer
// that it cannot parse, and the answer may contain a password. If the context
// has ended, it returns the context's cause.
func sanitizeError(ctx context.Context, err error, connected bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if !connected {
		return err
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network // addresses and an errno
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	for _, known := range []error{io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errNotHTTP
}
