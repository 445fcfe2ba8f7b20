package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/gateway"
	"gatehouse/internal/limit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// apply brings the gateway up to date with a batch of changes. Each thing is
// read anew, so applying a change twice, or late, does no harm.
func (p *Publisher) apply(ctx context.Context, changes []models.Change) error {
	tenants, people := map[string]bool{}, map[[2]string]bool{}
	var tokens []string
	for _, c := range changes {
		switch c.Kind {
		case models.ChangeToken:
			tokens = append(tokens, c.ObjectID)
		case models.ChangeMembership:
			tenant := c.TenantID
			if tenant == store.Installation {
				tenant = "" // an account: its tokens everywhere
			}
			people[[2]string{c.ObjectID, tenant}] = true
		default:
			tenants[c.TenantID] = true
		}
	}
	// Tokens first: what is taken away must be gone before anything is given.
	if err := p.applyTokens(ctx, tokens, people); err != nil {
		return err
	}
	for id := range tenants {
		c, err := p.compile(ctx, id)
		if err != nil {
			return err
		}
		p.gateway.Publish(p.gateway.Published().With(c))
	}
	return nil
}

func (p *Publisher) applyTokens(ctx context.Context, tokens []string, people map[[2]string]bool) error {
	var bearers []store.Bearer
	err := p.store.Survey(ctx, func(r store.Platform) error {
		named, err := r.BearersByID(tokens)
		if err != nil {
			return err
		}
		bearers = named
		for person := range people {
			theirs, err := r.BearersOf(person[0], person[1])
			if err != nil {
				return err
			}
			bearers = append(bearers, theirs...)
		}
		return nil
	})
	for _, b := range bearers {
		p.put(b)
	}
	return err
}

// put makes a token live in the gateway, or ends it there.
func (p *Publisher) put(b store.Bearer) {
	digest := [32]byte(b.Digest)
	if !b.Live(p.clock.Now()) || !b.Welcome {
		p.gateway.Tokens.Remove(digest)
		return
	}
	kind := gateway.AccessToken
	if b.Kind == models.TokenTry {
		kind = gateway.TryToken
	}
	rights := &gateway.Rights{Prefixes: b.AllowedIPs}
	for _, perm := range b.Permissions {
		rights.Grants = append(rights.Grants, gateway.Grant{
			Version: id(perm.VersionID), Access: accesses[perm.Access], Scopes: perm.Scopes, Operations: perm.Operations,
		})
	}
	p.gateway.Tokens.Put(digest, gateway.TokenRecord{
		ID: id(b.ID), Tenant: id(b.TenantID), Team: id(*b.TeamID), Owner: id(b.UserID),
		Expires: b.ExpiresAt, Kind: kind, Rights: rights,
	})
}

var accesses = map[models.Access]gateway.Access{
	models.AccessNone: gateway.NoAccess, models.AccessRead: gateway.Read,
	models.AccessWrite: gateway.Write, models.AccessCustom: gateway.Custom,
}

// id is the binary form of an identifier of ours. What is none becomes the zero
// ID, which nothing has.
func id(s string) gateway.ID {
	u, err := uuid.Parse(s)
	if err != nil {
		return gateway.ID{}
	}
	return u
}

// compile reads one tenant and makes the form that the gateway decides on.
func (p *Publisher) compile(ctx context.Context, tenant string) (*gateway.Compiled, error) {
	var published store.Published
	err := p.store.Survey(ctx, func(r store.Platform) (err error) {
		published, err = r.Published(tenant)
		return err
	})
	if err != nil {
		return nil, err
	}
	peppers, err := p.keys.Peppers(ctx, tenant)
	if err != nil {
		return nil, err
	}
	t := gateway.Tenant{
		ID: id(tenant), Slug: published.Tenant.Slug, Code: published.Tenant.Code, Public: published.Tenant.Public,
		Suspended: published.Tenant.State != models.TenantActive,
	}
	for _, k := range peppers {
		t.Peppers = append(t.Peppers, gateway.Pepper{KeyID: k.KeyID, Secret: k.Key})
	}
	t.Versions = p.versions(ctx, published)
	compiled, err := gateway.Compile(t)
	if err != nil { // the others of the tenant go on
		p.log.ErrorContext(ctx, "a version was left out", "tenant", t.Slug, "error", err)
	}
	return compiled, nil
}

func (p *Publisher) versions(ctx context.Context, in store.Published) []gateway.Version {
	slugs := make(map[string]string, len(in.APIs))
	for _, a := range in.APIs {
		slugs[a.ID] = a.Slug
	}
	var out []gateway.Version
	for _, v := range in.Versions {
		version := gateway.Version{
			ID: id(v.ID), API: id(v.APIID), APISlug: slugs[v.APIID], Name: v.Name, State: states[v.State],
			Upstream: v.Upstream, BodyLimit: v.BodyLimit,
		}
		credential, ok := p.credential(ctx, in, v)
		version.Credential, version.Detached = credential, !ok
		for _, o := range in.Operations[v.ID] {
			version.Operations = append(version.Operations, gateway.Operation{
				Key: o.Key, Method: o.Method, Path: o.Path, Write: o.Class == models.ClassWrite, Scopes: o.Scopes,
			})
		}
		for _, plan := range in.Plans {
			if plan.APIID == v.APIID {
				version.Plans = append(version.Plans, planOf(plan))
			}
		}
		for _, s := range in.Subscriptions {
			if s.VersionID == v.ID {
				version.Subscriptions = append(version.Subscriptions, gateway.Subscription{
					ID: id(s.ID), Team: id(s.TeamID), Plan: id(s.PlanID), State: standings[s.State],
				})
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

func planOf(p models.Plan) gateway.Plan {
	out := gateway.Plan{ID: id(p.ID)}
	for _, r := range p.Rates {
		out.Rates = append(out.Rates, limit.Rate{Calls: r.Calls, Window: time.Duration(r.Seconds) * time.Second})
	}
	switch p.QuotaPeriod {
	case models.QuotaDay:
		out.Quota = limit.Quota{Calls: p.QuotaCalls, Period: limit.Day}
	case models.QuotaMonth:
		out.Quota = limit.Quota{Calls: p.QuotaCalls, Period: limit.Month}
	}
	return out
}
