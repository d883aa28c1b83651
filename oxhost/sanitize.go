package oxhost

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
)

// sanitize reduces an error of net/http to what may be shown. It drops the URL,
// whose query names an account. Once there was a connection it also drops
// whatever it does not know, because net/http quotes the answer that it cannot
// parse, and the answer may be a password.
func sanitize(ctx context.Context, err error, reached bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if !reached {
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
