package portal

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Health is how an API is, as the gateway sees it.
type Health string

// The healths.
const (
	HealthUp       Health = "operational"
	HealthDegraded Health = "degraded"
	HealthDown     Health = "down"
	HealthQuiet    Health = "no_calls" // nobody called, so nothing is known
)

// Thresholds of a health: the share of calls that failed, and of what happens now
// how many of them at least, so that a single mishap changes nothing.
const (
	DegradedFrom, degradedLeast = 0.02, 2
	DownFrom, downLeast         = 0.5, 3
)

// StatusSpan is the time that says how an API is now.
const StatusSpan = 15 * time.Minute

// CardDays is over how many days a card shows how an API was.
const CardDays = 45

// healthOf is the health that a share of failed calls makes.
func healthOf(failed float64) Health {
	switch {
	case failed >= DownFrom:
		return HealthDown
	case failed >= DegradedFrom:
		return HealthDegraded
	}
	return HealthUp
}

// healthNow judges the calls of the last minutes.
func healthNow(c usage.Counts) Health {
	judged := c.Judged()
	if judged == 0 {
		return HealthQuiet
	}
	h := healthOf(float64(c.Failed) / float64(judged))
	switch {
	case h == HealthDown && c.Failed < downLeast:
		h = HealthDegraded
		fallthrough
	case h == HealthDegraded:
		if c.Failed < degradedLeast {
			h = HealthUp
		}
	}
	return h
}

// Standing is how a version is and was, in what everybody may know of it: no numbers
// of calls, by which one partner would learn of another.
type Standing struct {
	Now   Health
	Share float64 // of the last 90 days, see usage.Uptime
	Known bool    // somebody called in that time
	Days  []Day   // 90, the oldest first, today last
}

// Day is how a version was on one day in UTC.
type Day struct {
	Start  time.Time
	Health Health // HealthQuiet where nobody called
	Share  float64
}

// Span is the uptime of a length of time: 24h, 7d, 30d, 90d.
type Span struct {
	Name  string
	Share float64
	Known bool
}

// VersionStatus is all that a status page says of a version.
type VersionStatus struct {
	Version models.Version
	Standing
	Spans    []Span
	P50, P95 time.Duration // of the last 24 hours; 0 where there were no calls
}

// standingCache keeps what was read in the running minute, by version.
type standingCache struct {
	mu       sync.Mutex
	minute   int64
	standing map[string]Standing
	status   map[string]VersionStatus
}

// standingsMost is how many versions are kept: what comes then is read anew.
const standingsMost = 4096

// begin forgets what is of another minute; it is called under the lock.
func (c *standingCache) begin(now time.Time) {
	if minute := now.Unix() / 60; c.standing == nil || c.minute != minute || len(c.standing) > standingsMost {
		c.minute, c.standing, c.status = minute, map[string]Standing{}, map[string]VersionStatus{}
	}
}

// standings are how versions of the tenant are, by version.
func (a *APIs) standings(ctx context.Context, tenant string, versions []string) (map[string]Standing, error) {
	a.health.mu.Lock()
	a.health.begin(a.store.Now())
	out, missing := make(map[string]Standing, len(versions)), []string{}
	for _, v := range versions {
		if s, ok := a.health.standing[v]; ok {
			out[v] = s
		} else {
			missing = append(missing, v)
		}
	}
	a.health.mu.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	now, err := a.calls.Lately(ctx, tenant, missing, StatusSpan)
	if err != nil {
		return nil, err
	}
	days, err := a.calls.Uptimes(ctx, tenant, missing, usage.Last90)
	if err != nil {
		return nil, err
	}
	a.health.mu.Lock()
	defer a.health.mu.Unlock()
	for _, v := range missing {
		out[v] = standingOf(now[v], days[v], a.store.Now())
		a.health.standing[v] = out[v]
	}
	return out, nil
}

// standingOf makes a standing of what was counted.
func standingOf(now usage.Counts, u usage.Uptime, at time.Time) Standing {
	s := Standing{Now: healthNow(now), Share: u.Share, Known: u.Known}
	today := at.UTC().Truncate(24 * time.Hour)
	for i := range 90 {
		d := Day{Start: today.AddDate(0, 0, i-89), Health: HealthQuiet}
		if u.Known && u.Parts[i] >= 0 {
			d.Share, d.Health = u.Parts[i], healthOf(1-u.Parts[i])
		}
		s.Days = append(s.Days, d)
	}
	return s
}

// Lately is how a version was over the last days, today among them.
func (s Standing) Lately(days int) (share float64, known bool) {
	n := 0
	for _, d := range s.Days[max(0, len(s.Days)-days):] {
		if d.Health != HealthQuiet {
			share, n = share+d.Share, n+1
		}
	}
	if n == 0 {
		return 0, false
	}
	return share / float64(n), true
}

// addStanding says of each API how the version that stands first is. A catalog is
// shown without that where the usage cannot be read.
func (a *APIs) addStanding(ctx context.Context, actor models.Actor, list []Listing) {
	var ids []string
	for _, l := range list {
		if v, ok := l.Front(); ok && v.Live() {
			ids = append(ids, v.ID)
		}
	}
	all, err := a.standings(ctx, actor.Tenant().ID, ids)
	if err != nil {
		return
	}
	for i, l := range list {
		if v, ok := l.Front(); ok && v.Live() {
			s := all[v.ID]
			list[i].Health = &s
		}
	}
}

// Status is how the versions of an API are that the actor sees, the newest first.
func (a *APIs) Status(ctx context.Context, actor models.Actor, slug string) (api models.API, list []VersionStatus, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return api, nil, err
	}
	var versions []models.Version
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		api, versions, err = r.API(slug)
		return err
	})
	if err != nil {
		return api, nil, err
	}
	for _, v := range versions {
		if v.Live() {
			one, err := a.statusOf(ctx, actor.Tenant().ID, v)
			if err != nil {
				return api, nil, err
			}
			list = append(list, one)
		}
	}
	return api, list, nil
}

func (a *APIs) statusOf(ctx context.Context, tenant string, v models.Version) (VersionStatus, error) {
	standing, err := a.standings(ctx, tenant, []string{v.ID})
	if err != nil {
		return VersionStatus{}, err
	}
	a.health.mu.Lock()
	out, ok := a.health.status[v.ID]
	a.health.mu.Unlock()
	if ok {
		out.Version = v
		return out, nil
	}
	out = VersionStatus{Version: v, Standing: standing[v.ID]}
	for _, span := range []usage.Range{usage.LastDay, usage.LastWeek, usage.Last30, usage.Last90} {
		u, err := a.calls.Uptimes(ctx, tenant, []string{v.ID}, span)
		if err != nil {
			return out, err
		}
		out.Spans = append(out.Spans, Span{span.String(), u[v.ID].Share, u[v.ID].Known})
	}
	series, err := a.calls.Series(ctx, tenant, usage.Filter{Version: v.ID}, usage.LastDay)
	if err != nil {
		return out, err
	}
	out.P50, out.P95 = series.Latency.P50, series.Latency.P95
	a.health.mu.Lock()
	defer a.health.mu.Unlock()
	a.health.status[v.ID] = out
	return out, nil
}
