package portal

import (
	"context"
	"net/netip"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Introspection are the use cases of registered clients around tokens that others
// presented to them: RFC 7662 and RFC 7009.
type Introspection struct {
	store *store.Store
	keys  *keyring.Keyring
}

// Introspected is what a client is told about a token. The zero Introspected is a
// token that is not good, of which nothing else is said (RFC 7662 §2.2).
type Introspected struct {
	Active bool
	models.Token
	Opens []PermissionRow // what it may call now, of what the client is told about
}

// Ask says what a token opens. The verdict rests on what gateways are told, read at
// this very moment: owner, team, subscription, version, end (R66, R137). Whatever the
// reason for a no, the answer is the same. From is the address that the token came
// from, as far as the client says so.
func (i *Introspection) Ask(ctx context.Context, actor models.Actor, secret string, from netip.Addr) (Introspected, error) {
	if err := actor.May(models.TokenIntrospect); err != nil {
		return Introspected{}, err
	}
	parsed, ok := keys.Parse(secret)
	if !ok || parsed.Kind != keys.Access || parsed.Code != actor.Tenant().Code || actor.Tenant().State != models.TenantActive {
		return Introspected{}, nil
	}
	now := i.store.Now()
	out, err := findSecret(ctx, i.store, i.keys, actor, parsed.SHA256, func(r store.Tenant, digest []byte) (out Introspected, err error) {
		b, err := r.BearerByDigest(digest)
		if err != nil || !b.Live(now) || !b.Welcome || !allowedFrom(b.AllowedIPs, from) {
			return out, err
		}
		out.Token = b.Token
		out.Opens, err = opens(r, *actor.Client(), b)
		out.Active = len(out.Opens) > 0
		return out, err
	})
	if fault.Is(err, fault.NotFound) {
		return Introspected{}, nil
	}
	if err != nil || !out.Active {
		return Introspected{}, err
	}
	return out, nil
}

// allowedFrom reports whether a token may be used from an address; one that nobody
// named is for the client to look at.
func allowedFrom(allowed []netip.Prefix, from netip.Addr) bool {
	if len(allowed) == 0 || !from.IsValid() {
		return true
	}
	from = from.Unmap().WithZone("")
	return slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(from) })
}

// opens are the permissions of a token that open something now, of those that the
// client is told about.
func opens(r store.Tenant, c models.Client, b store.Bearer) ([]PermissionRow, error) {
	subs, err := r.ApprovedFor(*b.TeamID)
	if err != nil {
		return nil, err
	}
	told, err := r.ClientVersions(c.ID)
	if err != nil {
		return nil, err
	}
	rows, err := permissionRows(r, b.Permissions)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(p PermissionRow) bool {
		return !p.OpensAnything() || !p.Version.Live() || !slices.Contains(told[c.ID], p.VersionID) ||
			!slices.ContainsFunc(subs, func(s models.Subscription) bool { return s.VersionID == p.VersionID })
	}), nil
}

// Revoke ends a token that was presented to the client (R138). One that is not
// there, or has ended already, is no error; one that the client is told nothing
// about is.
func (i *Introspection) Revoke(ctx context.Context, actor models.Actor, secret string) error {
	if err := actor.May(models.TokenSurrender); err != nil {
		return err
	}
	client := *actor.Client()
	if !client.MayRevoke {
		return fault.New(fault.BadRequest, "unauthorized_client", "This client is registered to ask about tokens, not to revoke them. An admin of the tenant can change that.")
	}
	parsed, ok := keys.Parse(secret)
	if ok && parsed.Kind != keys.Access {
		return fault.New(fault.BadRequest, "unsupported_token_type", "Access tokens can be revoked here, and no others.")
	}
	if !ok || parsed.Code != actor.Tenant().Code {
		return nil
	}
	found, err := findSecret(ctx, i.store, i.keys, actor, parsed.SHA256, func(r store.Tenant, digest []byte) (string, error) {
		b, err := r.BearerByDigest(digest)
		if err != nil || b.State == models.TokenRevoked {
			return "", err
		}
		told, err := r.ClientVersions(client.ID)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(b.Permissions, func(p models.Permission) bool { return slices.Contains(told[client.ID], p.VersionID) }) {
			return "", fault.New(fault.BadRequest, "invalid_request", "This token is for no API that this client is registered for.")
		}
		return b.ID, nil
	})
	if fault.Is(err, fault.NotFound) || err == nil && found == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return changeToken(ctx, i.store, actor, tokenChange{right: models.TokenSurrender, verb: "revoke", mine: anyToken}, found,
		revokeToken(actor, models.CauseUnneeded, "The registered client "+client.Name+" revoked it."))
}
