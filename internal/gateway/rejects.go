package gateway

import "sync/atomic"

// reason why nobody was recognised in a call, for counting.
type reason uint8

const (
	noToken     reason = iota // none was sent
	misplaced                 // in an address, a cookie, another header or scheme
	several                   // more than one
	badChecksum               // its shape or checksum is wrong: it was never ours, and nothing was looked up (R2)
	wrongKind                 // a management token
	unknown                   // never there
	ended                     // revoked, paused, replaced, or not approved
	expired
	plainHTTP // valid, and sent without encryption
	throttled // too many failures of its address
	reasons
)

var reasonNames = [reasons]string{"no_token", "misplaced", "several", "checksum", "kind", "unknown", "ended", "expired", "plain_http", "throttled"}

// rejects counts calls in which nobody was recognised.
type rejects [reasons]atomic.Uint64

func (r *rejects) count(why reason) { r[why].Add(1) }

// Refusals is how many calls were refused since the start because nobody was
// recognised in them, by reason.
func (g *Gateway) Refusals() map[string]uint64 {
	out := make(map[string]uint64, reasons)
	for i := range g.rejects {
		out[reasonNames[i]] = g.rejects[i].Load()
	}
	return out
}

// reasonOf a refusal by credential.
func reasonOf(refusal *Code) reason {
	switch refusal {
	case AuthRequired:
		return noToken
	case BearerRequired:
		return misplaced
	case InvalidRequest:
		return several
	}
	return badChecksum // too long for any token
}
