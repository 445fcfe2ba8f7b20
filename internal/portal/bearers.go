package portal

import (
	"context"
	"net/netip"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// OfBearer is the actor of a token that is about itself: an access token or a
// management token. It gets no right of its person. What is not good is refused as
// the gateway refuses it: one answer for all, and only who holds the secret of a
// token that ended by itself hears that (R11).
func (a *Actors) OfBearer(ctx context.Context, secret string, r models.Request) (models.Actor, error) {
	parsed, ok := keys.Parse(secret)
	if !ok || parsed.Kind == keys.Client || parsed.Kind == keys.Operator {
		return models.Actor{}, notValid()
	}
	tenant, err := a.store.TenantByCode(ctx, parsed.Code)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, notValid())
	}
	b, err := findSecret(ctx, a.store, a.keys, models.Stranger(tenant, r), parsed.SHA256, store.Tenant.BearerByDigest)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, notValid())
	}
	now := a.clock.Now()
	switch {
	case b.State != models.TokenActive || b.Retired(now) || tenant.State != models.TenantActive || !from(b.AllowedIPs, r.ClientIP):
		return models.Actor{}, notValid()
	case b.Kind == models.TokenManagement:
		_, err := a.OfToken(ctx, secret, "", r)
		return models.NewActor(models.Standing{Bearer: b.ID}, tenant, r), err
	case !b.Welcome:
		return models.Actor{}, notValid()
	case b.Expired(now):
		return models.Actor{}, fault.New(fault.Unauthenticated, "token_expired", "This token has expired. Make a new one in the portal and replace this one.")
	}
	return models.NewActor(models.Standing{Bearer: b.ID, Teams: map[string]models.TeamRole{*b.TeamID: models.TeamMember}}, tenant, r), nil
}

// from reports whether a token may be used from an address; without ranges from any (R77).
func from(ranges []netip.Prefix, address string) bool {
	ip, err := netip.ParseAddr(address)
	return len(ranges) == 0 || err == nil && slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}
