package order

import "context"

// claim is held from the look whether an order of the host belongs to somebody
// until it does. It keeps apart those of this very process only.
type claim chan struct{}

func newClaim() claim { return make(claim, 1) }

// take gives what ends the claim.
func (c claim) take(ctx context.Context) (release func(), err error) {
	select {
	case c <- struct{}{}:
		return func() { <-c }, nil
	case <-ctx.Done():
		return nil, &Error{Code: CodeUnavailable, Detail: "another settlement takes too long", Err: context.Cause(ctx)}
	}
}
