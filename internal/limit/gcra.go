package limit

import "time"

// gcra is the state of one rate: the theoretical arrival time of the next call,
// in nanoseconds since the limiter's epoch. Zero is a whole allowance.
type gcra int64

// check returns the state after a call at now that counts cost calls, or how long
// it must wait. None counts more than the rate holds, or it could never pass.
func (g gcra) check(r *Rate, cost, now int64) (next gcra, wait int64) {
	tat := g.at(r, now)
	next = tat + gcra(interval(r)*min(cost, max(r.Calls, 1)))
	if over := int64(next) - now - whole(r); over > 0 {
		return tat, over
	}
	return next, 0
}

// at is the arrival time, never in the past. One further ahead than a used-up
// allowance was left by another plan and says nothing about this one.
func (g gcra) at(r *Rate, now int64) gcra {
	if int64(g) > now+whole(r) {
		return gcra(now)
	}
	return max(g, gcra(now))
}

func (g gcra) state(r *Rate, now int64) State {
	owed := int64(g.at(r, now)) - now
	s := State{Remaining: (whole(r) - owed) / interval(r), Reset: time.Duration(owed)}
	if s.Remaining <= 0 {
		s.Remaining, s.Reset = 0, time.Duration(owed+interval(r)-whole(r))
	}
	return s
}

// interval between calls, rounded up so that a window never holds more than Calls.
func interval(r *Rate) int64 {
	calls := max(r.Calls, 1)
	return max((int64(r.Window)+calls-1)/calls, 1)
}

// whole is the time that a used-up allowance takes to come back: exactly Calls
// intervals, so that a burst is exactly Calls.
func whole(r *Rate) int64 { return interval(r) * max(r.Calls, 1) }
