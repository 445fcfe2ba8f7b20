package gateway

import (
	"net/netip"
	"time"
)

// Record of one decided call. IDs that did not come to be known are zero.
type Record struct {
	Start        time.Time
	Took         time.Duration // until the record was written
	Upstream     time.Duration // of which until the upstream's last byte; 0 where it was not asked
	Tenant       ID            // whose API was called, by address; the token's where that led nowhere
	Home         ID            // whose token it was
	API          ID
	Version      ID
	Token        ID
	Team         ID
	Subscription ID
	Operation    string // key; "" where none was found
	Method       string
	Path         string // without query; "" where it may hold a secret
	Status       int
	Outcome      string // a code of Codes, or one of the outcomes below
	Admitted     bool   // passed every check and consumed of its limits
	Price        int64  // what it consumed of the quota, in calls; 0 where it was not admitted
	BytesIn      int64  // of the request's body
	BytesOut     int64  // of the answer's body
	ClientIP     netip.Addr
	RequestID    string
	UserAgent    string // as sent, at most 256 bytes
	Try          bool   // a try token of a documentation page
	Mock         bool   // addressed to a mock: no call of the API
	Refusal      string // of a known token's call that was refused: Refusal as text
}

// Outcomes of calls that the gateway did not refuse.
const (
	OutcomeOK         = "ok"          // the upstream's answer, whatever its status
	OutcomeTruncated  = "truncated"   // the upstream ended it early or stood still; the client saw it break
	OutcomeClientGone = "client_gone" // status 499
	OutcomeCut        = "cut"         // the token died while the answer was under way
)

// Meter takes note of calls.
//
// Record is called once for every call, before the last byte of its answer goes
// to the connection: for an answer with a known length before its last piece,
// for others before the end-of-body mark, for refusals before the first byte.
// So a meter that keeps what it was given (the usage spool does, kill -9
// included) never knows fewer calls than were completely answered; it may know
// more, where the client went away during the last piece.
//
// It is called from many goroutines and must be quick; r is reused after it
// returns and must not be kept.
type Meter interface {
	Record(r *Record)
}
