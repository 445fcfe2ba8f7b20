package usage

import (
	"maps"
	"net/netip"
	"strconv"
	"time"

	"gatehouse/internal/gateway"
)

// Rollups are kept for three lengths of time. A minute is kept one hour longer
// than 48, so that the 24 hours before the last 24 can be compared with.
type resolution struct {
	table string
	unit  time.Duration
	keep  time.Duration
}

var (
	minutes = &resolution{"usage_minute", time.Minute, 49 * time.Hour}
	hours   = &resolution{"usage_hour", time.Hour, 90 * 24 * time.Hour}
	days    = &resolution{"usage_day", 24 * time.Hour, 761 * 24 * time.Hour} // 25 months
)

// at is the number of t's minute, hour or day since 1970 in UTC.
func (r *resolution) at(t time.Time) int64 { return t.Unix() / int64(r.unit/time.Second) }

// start is the time where the number at begins.
func (r *resolution) start(at int64) time.Time {
	return time.Unix(at*int64(r.unit/time.Second), 0).UTC()
}

// kind says what a subject is, and with it what subject and part hold.
type kind uint8

const (
	tenantTotal           kind = 1 + iota // no subject
	apiTotal                              // API
	versionTotal                          // version
	ofToken                               // token, version
	ofSubscription                        // subscription
	tokenOperation                        // token, operation
	apiOperation                          // API, operation
	tokenError                            // token, "status outcome"
	apiError                              // API, "status outcome"
	tokenLog                              // token; no rollups, but which blocks of the log it is in
	subscriptionOperation                 // subscription, operation
	teamLog                               // team; as tokenLog
	teamTry                               // team, version: its calls with try tokens
	teamMock                              // team, version: its calls to mocks, which are counted nowhere else
)

// subjectKey names a subject; a tenant is part of the name.
type subjectKey struct {
	tenant  [16]byte
	kind    kind
	subject [16]byte
	part    string
}

// rollup gathers the sums of some records in memory, to be written in one go.
type rollup struct {
	now      time.Time
	subjects map[subjectKey]*sums
	callers  map[callerKey]*callerSum
	last     map[tokenKey]use
	log      map[[16]byte][]gateway.Record // by tenant
	first    time.Time
	end      time.Time
	n        int
}

// sums are the cells of one subject, by the number of the minute and the hour.
// Its days are made of its hours.
type sums struct {
	minutes, hours map[int64]*cell
}

// cells are those of one resolution that are kept.
func (s *sums) cells(res *resolution, now time.Time) map[int64]*cell {
	from := map[int64]*cell{}
	switch res {
	case minutes:
		from = s.minutes
	case hours:
		from = s.hours
	case days:
		for at, c := range s.hours {
			day := res.at(hours.start(at))
			if from[day] == nil {
				from[day] = &cell{}
			}
			from[day].merge(c)
		}
	}
	maps.DeleteFunc(from, func(at int64, _ *cell) bool { return at < res.at(now.Add(-res.keep)) })
	return from
}

type tokenKey struct{ tenant, token [16]byte }

type callerKey struct {
	tokenKey
	hour int64
	ip   netip.Addr
}

type callerSum struct {
	calls int64
	use
}

type use struct {
	at    time.Time
	ip    netip.Addr
	agent string
}

// newRollup returns an empty rollup. What is too old at now to be kept is not
// gathered, so that history can be filled in cheaply.
func newRollup(now time.Time) *rollup {
	return &rollup{
		now:      now,
		subjects: map[subjectKey]*sums{},
		callers:  map[callerKey]*callerSum{},
		last:     map[tokenKey]use{},
		log:      map[[16]byte][]gateway.Record{},
	}
}

var none [16]byte

// add counts r everywhere it belongs.
func (u *rollup) add(r *gateway.Record) {
	u.n++
	if u.first.IsZero() || r.Start.Before(u.first) {
		u.first = r.Start
	}
	if r.Start.After(u.end) {
		u.end = r.Start
	}
	if r.Tenant != none { // what strangers try at no tenant's address is counted, and not kept call by call
		u.log[r.Tenant] = append(u.log[r.Tenant], *r)
	}
	if r.Home != none && r.Home != r.Tenant { // refused at another tenant's address: its people find it in their own log
		u.log[r.Home] = append(u.log[r.Home], *r)
	}

	one := cellOf(r)
	if r.Mock {
		u.addMock(r, &one)
		return
	}
	u.count(subjectKey{r.Tenant, tenantTotal, none, ""}, r, &one, true)
	failed := ""
	if one.Errors() > 0 || r.Outcome != gateway.OutcomeOK {
		failed = strconv.Itoa(r.Status) + " " + r.Outcome
	}
	if r.API != none {
		u.count(subjectKey{r.Tenant, apiTotal, r.API, ""}, r, &one, true)
		if r.Operation != "" {
			u.count(subjectKey{r.Tenant, apiOperation, r.API, r.Operation}, r, &one, false)
		}
		if failed != "" {
			u.count(subjectKey{r.Tenant, apiError, r.API, failed}, r, &one, true)
		}
	}
	if r.Version != none {
		u.count(subjectKey{r.Tenant, versionTotal, r.Version, ""}, r, &one, true)
	}
	if r.Subscription != none {
		u.count(subjectKey{r.Tenant, ofSubscription, r.Subscription, ""}, r, &one, true)
		if r.Operation != "" {
			u.count(subjectKey{r.Tenant, subscriptionOperation, r.Subscription, r.Operation}, r, &one, false)
		}
	}
	if r.Try && r.Team != none {
		u.count(subjectKey{r.Tenant, teamTry, r.Team, string(r.Version[:])}, r, &one, true)
	}
	if r.Token == none {
		return
	}
	u.count(subjectKey{r.Tenant, ofToken, r.Token, string(r.Version[:])}, r, &one, true)
	if r.Operation != "" {
		u.count(subjectKey{r.Tenant, tokenOperation, r.Token, r.Operation}, r, &one, false)
	}
	if failed != "" {
		u.count(subjectKey{r.Tenant, tokenError, r.Token, failed}, r, &one, true)
	}
	if !r.Try { // a try token lives for minutes, and nobody looks for its last use
		u.seen(r)
	}
}

// addMock counts a call to a mock, apart from those that reach an API. Its token was
// used all the same.
func (u *rollup) addMock(r *gateway.Record, one *cell) {
	if r.Team != none {
		u.count(subjectKey{r.Tenant, teamMock, r.Team, string(r.Version[:])}, r, one, true)
	}
	if r.Token != none && !r.Try {
		u.seen(r)
	}
}

// cellOf is the cell of a single call.
func cellOf(r *gateway.Record) cell {
	var c cell
	c.Calls = 1
	if class := r.Status / 100; class >= 1 && class <= 5 {
		c.Status[class] = 1
	} else {
		c.Status[0] = 1
	}
	c.BytesIn, c.BytesOut = uint64(max(r.BytesIn, 0)), uint64(max(r.BytesOut, 0))
	if failed(r) {
		c.Failed = 1
	}
	if !r.Admitted {
		c.Refused, c.Unready = 1, c.Failed
	} else {
		c.Used = uint64(max(r.Price, 0))
		c.Latency.Add(r.Took)
	}
	return c
}

// failed reports whether the upstream or the gateway is to blame for how a call ended.
func failed(r *gateway.Record) bool {
	return r.Status == 0 || r.Status >= 500 || r.Outcome == gateway.OutcomeTruncated || r.Outcome == gateway.InternalError.Name
}

// count adds one to the subject's hour, and to its minute if that is wanted and
// young enough.
func (u *rollup) count(k subjectKey, r *gateway.Record, one *cell, byMinute bool) {
	s := u.subjects[k]
	if s == nil {
		s = &sums{map[int64]*cell{}, map[int64]*cell{}}
		u.subjects[k] = s
	}
	if byMinute && u.now.Sub(r.Start) < minutes.keep {
		add(s.minutes, minutes.at(r.Start), one)
	}
	add(s.hours, hours.at(r.Start), one)
}

func add(cells map[int64]*cell, at int64, one *cell) {
	c := cells[at]
	if c == nil {
		c = &cell{}
		cells[at] = c
	}
	c.merge(one)
}

// seen notes from where the token was used.
func (u *rollup) seen(r *gateway.Record) {
	k := tokenKey{r.Tenant, r.Token}
	now := use{r.Start, r.ClientIP, r.UserAgent}
	if now.at.After(u.last[k].at) {
		u.last[k] = now
	}
	if u.now.Sub(r.Start) > callersKeep {
		return
	}
	ck := callerKey{k, hours.at(r.Start), r.ClientIP}
	c := u.callers[ck]
	if c == nil {
		c = &callerSum{}
		u.callers[ck] = c
	}
	c.calls++
	if now.at.After(c.at) {
		c.use = now
	}
}

// addressBytes is ip in 4 or 16 bytes, or none where it is not known.
func addressBytes(ip netip.Addr) []byte {
	if !ip.IsValid() {
		return []byte{}
	}
	return ip.Unmap().AsSlice()
}
