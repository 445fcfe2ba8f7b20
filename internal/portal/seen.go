package portal

import (
	"slices"
	"strings"

	"gatehouse/internal/fault"
)

// seen are the states in which somebody has seen a thing that they change; none
// is any (R142). It is compared in the transaction of the change: what was
// compared before could be another by then.
type seen []string

// still is nil where a thing is as it was seen.
func (s seen) still(now string) error {
	if len(s) == 0 || slices.Contains(s, now) {
		return nil
	}
	return fault.New(fault.Conflict, "changed_meanwhile", "Somebody changed this in the meantime. Look at it again; nothing was changed.")
}

// AsSeen are the same use cases for who publishes a version only as they saw it:
// its Revision is one of these states. Without any state, every one will do.
func (a *APIs) AsSeen(states ...string) *APIs {
	c := *a
	c.seen = states
	return &c
}

// Accepting are the same use cases for who publishes a document although callers'
// programs may stop working with it: in place of the document with which they saw it
// compared, where they say which, and of whichever is in force otherwise.
func (a *APIs) Accepting(over ...string) *APIs {
	c := *a
	c.accepting, c.over = true, strings.Join(over, "")
	return &c
}

// Newest are the same use cases for who publishes a document only while it is the
// newest of its version: of two who store one each at the same time, the later one's
// is published, and the other one hears of it.
func (a *APIs) Newest() *APIs {
	c := *a
	c.latest = true
	return &c
}

// AsSeen are the same use cases for who archives a plan only as they saw it: its Revision.
func (p *Plans) AsSeen(states ...string) *Plans {
	return &Plans{p.store, p.calls, states}
}

// AsSeen are the same use cases for who pauses, resumes or ends a subscription
// only as they saw it: its Seen.
func (s *Subscriptions) AsSeen(states ...string) *Subscriptions {
	c := *s
	c.seen = states
	return &c
}

// AsSeen are the same use cases for who pauses, resumes or revokes a token only
// as they saw it: its Revision.
func (t *AllTokens) AsSeen(states ...string) *AllTokens {
	c := *t
	c.seen = states
	return &c
}

// AsSeen are the same use cases for who closes an alert only as they saw it: its Revision.
func (a *Alerts) AsSeen(states ...string) *Alerts { return &Alerts{a.store, states} }
