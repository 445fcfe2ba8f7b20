package publish

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// reopen is how often a closed tenant is read again.
const reopen = 2 * time.Second

// renew gives the gateway tenants as they are now.
func (p *Publisher) renew(ctx context.Context, tenants []string) error {
	next := p.gateway.Published()
	var all []*gateway.Compiled
	for _, tenant := range tenants {
		c, err := p.compile(ctx, models.Tenant{ID: tenant})
		if err != nil {
			return err
		}
		if c == nil {
			next = next.Without(id(tenant))
			continue
		}
		all = append(all, c)
	}
	p.gateway.Publish(next.With(all...))
	return nil
}

// compile makes the form of a tenant that the gateway decides on, nil where there
// is none. A tenant of which something cannot be read or opened is closed, which
// is said once, and read again from time to time: its trouble must not stop the
// others (R102). The error is of what concerns all.
func (p *Publisher) compile(ctx context.Context, known models.Tenant) (*gateway.Compiled, error) {
	t, c, err := p.read(ctx, known)
	switch {
	case fault.Is(err, fault.NotFound):
		delete(p.closed, known.ID)
		return nil, nil
	case err != nil && (store.Down(err) || ctx.Err() != nil || p.store.Ping(ctx) != nil):
		return nil, err
	case err != nil:
		if !p.closed[known.ID] {
			p.log.ErrorContext(ctx, "a tenant is closed: what its calls rest on could not be read", "tenant_id", known.ID, "tenant", t.Slug, "error", err)
		}
		p.closed[known.ID] = true
		return p.gateway.Published().Closed(t), nil
	}
	if p.closed[known.ID] {
		delete(p.closed, known.ID)
		p.log.InfoContext(ctx, "a tenant is open again", "tenant_id", known.ID, "tenant", t.Slug)
	}
	return c, nil
}

// retry reads closed tenants again.
func (p *Publisher) retry(ctx context.Context, now time.Time) error {
	if len(p.closed) == 0 || now.Sub(p.retried) < reopen {
		return nil
	}
	p.retried = now
	return p.renew(ctx, slices.Collect(maps.Keys(p.closed)))
}

// read collects one tenant for the gateway. With an error, what is known of its
// address is there all the same.
func (p *Publisher) read(ctx context.Context, known models.Tenant) (t gateway.Tenant, c *gateway.Compiled, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reading a tenant panicked: %v\n%s", r, debug.Stack())
		}
	}()
	t = gateway.Tenant{ID: id(known.ID), Slug: known.Slug, Code: known.Code}
	var published store.Published
	err = p.store.Survey(ctx, func(r store.Platform) (err error) {
		published, err = r.Published(known.ID)
		return err
	})
	if err != nil {
		return t, nil, err
	}
	t.Slug, t.Code, t.Public = published.Tenant.Slug, published.Tenant.Code, published.Tenant.Public
	t.Suspended = published.Tenant.State != models.TenantActive
	peppers, err := p.keys.Peppers(ctx, known.ID)
	if err != nil {
		return t, nil, err
	}
	for _, k := range peppers {
		t.Peppers = append(t.Peppers, gateway.Pepper{KeyID: k.KeyID, Secret: k.Key})
	}
	t.Versions = p.versions(ctx, published)
	c, bad := gateway.Compile(t)
	if bad != nil { // what is right goes on
		p.log.ErrorContext(ctx, "something of a tenant cannot be served", "tenant", t.Slug, "error", bad)
	}
	return t, c, nil
}

func (p *Publisher) versions(ctx context.Context, in store.Published) []gateway.Version {
	apis := make(map[string]models.API, len(in.APIs))
	for _, a := range in.APIs {
		apis[a.ID] = a
	}
	var out []gateway.Version
	for _, v := range in.Versions {
		version := gateway.Version{
			ID: id(v.ID), API: id(v.APIID), APISlug: apis[v.APIID].Slug, Name: v.Name, State: states[v.State],
			Audience: audienceOf(apis[v.APIID].Visibility), Teams: seers(in, apis[v.APIID]), Upstream: v.Upstream, BodyLimit: v.BodyLimit, Mock: v.Mock,
			Life: p.life(in, v, apis[v.APIID].Slug),
		}
		if v.PublishedID != nil {
			version.Document = id(*v.PublishedID)
		}
		credential, ok := p.credential(ctx, in, v)
		version.Credential, version.Detached = credential, !ok
		for _, o := range in.Operations[v.ID] {
			version.Operations = append(version.Operations, operationOf(o, p.apiPage(in, apis[v.APIID].Slug)+v.Name))
		}
		for _, plan := range in.Plans {
			if plan.APIID == v.APIID {
				version.Plans = append(version.Plans, planOf(plan))
				version.Exceptions = append(version.Exceptions, exceptionsTo(plan, in.Exceptions)...)
			}
		}
		for _, s := range in.Subscriptions {
			if s.VersionID == v.ID {
				standing := gateway.Subscription{ID: id(s.ID), Team: id(s.TeamID), Plan: id(s.PlanID), State: standings[s.State]}
				if s.EndsAt != nil {
					standing.Ends = *s.EndsAt
				}
				version.Subscriptions = append(version.Subscriptions, standing)
			}
		}
		out = append(out, version)
	}
	return out
}

var states = map[models.VersionState]gateway.VersionState{
	models.VersionPublished: gateway.Published, models.VersionDeprecated: gateway.Deprecated, models.VersionRetired: gateway.Retired,
}

var standings = map[models.SubscriptionState]gateway.SubscriptionState{
	models.SubscriptionApproved: gateway.Approved, models.SubscriptionPending: gateway.Pending, models.SubscriptionPaused: gateway.Paused,
}

// credential opens a version's upstream credential; ok is false where there is
// one that does not open (R106) or is for another upstream (R108): without its
// credential a version is closed, not open.
func (p *Publisher) credential(ctx context.Context, in store.Published, v models.Version) (_ gateway.Credential, ok bool) {
	for _, c := range in.Credentials {
		if c.VersionID != v.ID {
			continue
		}
		if v.Detached(c) {
			return gateway.Credential{}, false
		}
		secret, err := p.keys.OpenCredential(c)
		if err != nil {
			p.unreadable(ctx, in.Tenant, c, err)
			return gateway.Credential{}, false
		}
		return gateway.NewCredential(c.ID, c.Header, string(secret.Expose())), true
	}
	return gateway.Credential{}, true
}
