package leases

import "context"

// Step does what Run does at each tick.
func (r *Reminders) Step(ctx context.Context) { r.step(ctx) }

// WakeStep does what Run does when it is woken.
func (r *Reminders) WakeStep(ctx context.Context) {
	r.woken()
	r.step(ctx)
}

// Close does what Run does at its end.
func (r *Reminders) Close(ctx context.Context) { r.release(ctx) }
