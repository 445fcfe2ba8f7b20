package publish

import (
	"context"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/google/uuid"

	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// apply brings the gateway up to date with a batch of changes. Each thing is
// read anew, so applying a change twice, or late, does no harm.
func (p *Publisher) apply(ctx context.Context, changes []models.Change) error {
	tenants, people, services := map[string]bool{}, map[[2]string]bool{}, map[[2]string]bool{}
	var tokens []string
	hosts := false
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
		case models.ChangeService:
			services[[2]string{c.TenantID, c.ObjectID}] = true
		case models.ChangeHost:
			hosts = true
		default:
			tenants[c.TenantID] = true
		}
	}
	// Tokens first: what is taken away must be gone before anything is given.
	if err := p.applyTokens(ctx, tokens, people, services); err != nil {
		return err
	}
	if hosts {
		if err := p.loadHosts(ctx); err != nil {
			return err
		}
	}
	return p.renew(ctx, slices.Collect(maps.Keys(tenants)))
}

func (p *Publisher) applyTokens(ctx context.Context, tokens []string, people, services map[[2]string]bool) error {
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
		for service := range services {
			its, err := r.BearersOfService(service[0], service[1])
			if err != nil {
				return err
			}
			bearers = append(bearers, its...)
		}
		return nil
	})
	for _, b := range bearers {
		p.put(b)
	}
	return err
}

// put makes a token live in the gateway, or ends it there. One that cannot be
// understood is ended, and the others go on (R102).
func (p *Publisher) put(b store.Bearer) {
	var digest [32]byte
	if copy(digest[:], b.Digest) != len(digest) {
		p.log.Error("a token's row has no digest", "tenant_id", b.TenantID, "token_id", b.ID)
		return
	}
	defer func() {
		if r := recover(); r != nil {
			p.gateway.Tokens.Remove(digest)
			p.log.Error("a token could not be published", "tenant_id", b.TenantID, "token_id", b.ID, "panic", r, "stack", string(debug.Stack()))
		}
	}()
	state := standing(b)
	if b.Expired(p.clock.Now()) || state != gateway.Live && b.Kind == models.TokenTry {
		p.gateway.Tokens.Remove(digest)
		return
	}
	kind := gateway.AccessToken
	if b.Kind == models.TokenTry {
		kind = gateway.TryToken
	}
	rights := rightsOf(models.Rights{Permissions: b.Permissions, AllowedIPs: b.AllowedIPs})
	record := gateway.TokenRecord{
		ID: id(b.ID), Tenant: id(b.TenantID), Team: id(*b.TeamID), Owner: id(b.OwnerID()),
		Expires: b.ExpiresAt, Kind: kind, State: state, Rights: rights,
	}
	if until := b.Until(); state == gateway.Live && until.Before(b.ExpiresAt) {
		record.Expires, record.Leaving = until, true
	}
	if at := b.PauseAt; state == gateway.Live && at != nil && at.Before(record.Expires) {
		record.Expires, record.Leaving, record.Ruled = *at, false, true
	}
	p.gateway.Tokens.Put(digest, record)
}

// rightsOf is what the gateway has to know of what a token may do.
func rightsOf(r models.Rights) *gateway.Rights {
	rights := &gateway.Rights{Prefixes: r.AllowedIPs}
	for _, p := range r.Permissions {
		rights.Grants = append(rights.Grants, gateway.Grant{Version: id(p.VersionID), Access: accesses[p.Access], Scopes: p.Scopes, Operations: p.Operations})
	}
	return rights
}

// operationOf is what the gateway has to know of an operation of a version, whose page
// is given.
func operationOf(o models.Operation, page string) gateway.Operation {
	out := gateway.Operation{Key: o.Key, Method: o.Method, Path: o.Path, Write: o.Class == models.ClassWrite, Scopes: o.Scopes}
	if o.DeprecatedAt != nil {
		out.Deprecated, out.Page = *o.DeprecatedAt, page+"/operations/"+o.Slug
	}
	return out
}

// standing is what the gateway has to know of a token's state.
func standing(b store.Bearer) gateway.TokenState {
	switch {
	case b.State == models.TokenRevoked && b.Cause == models.CauseRotated:
		return gateway.Replaced
	case b.State == models.TokenRevoked:
		return gateway.Revoked
	case b.State == models.TokenPaused:
		return gateway.Held
	case b.State == models.TokenPending:
		return gateway.Waiting
	case !b.Welcome:
		return gateway.Ownerless
	}
	return gateway.Live
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
