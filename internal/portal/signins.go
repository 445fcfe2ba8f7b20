package portal

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/openid"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ceremonyProvider and ceremonyFounding find what a browser keeps of a sign-in through
// a provider: until it comes back from there, and until the address is proven.
const (
	ceremonyProvider = "provider"
	ceremonyFounding = "founding"
)

// How long they are kept.
const (
	providerLifetime = 10 * time.Minute
	foundingLifetime = time.Hour
)

// ProviderOffer is a provider by which one can sign in.
type ProviderOffer struct {
	ID, Name string
	SignUp   bool
	Tenant   models.Tenant // zero for that of the staff
}

// Offered is the provider of a tenant whose portal the actor sees, or of the staff
// without one; the zero offer where there is none.
func (p *Providers) Offered(ctx context.Context, tenant models.Tenant) (offer ProviderOffer, err error) {
	err = p.store.Survey(ctx, func(r store.Platform) error {
		found, err := r.ProviderOf(scope(models.Stranger(tenant, models.Request{})))
		if err == nil && found.Enabled {
			offer = ProviderOffer{found.ID, found.Name, found.SignUp, tenant}
		}
		return refusedIfMissing(err, nil)
	})
	return offer, err
}

// usable is a provider that people sign in through now, by its id, and its tenant.
// To all others the address answers as if there were nothing (R52).
func (p *Providers) usable(ctx context.Context, id string) (found models.Provider, tenant models.Tenant, err error) {
	err = p.store.Survey(ctx, func(r store.Platform) error {
		if found, err = r.ProviderByID(id); err != nil {
			return err
		}
		if !found.Enabled {
			return noTenant()
		}
		if found.TenantID == store.Installation {
			return nil
		}
		tenants, err := r.TenantsByID([]string{found.TenantID})
		if tenant = tenants[found.TenantID]; err == nil && tenant.State != models.TenantActive {
			err = noTenant()
		}
		return err
	})
	return found, tenant, err
}

// Find is the provider of an address, for whoever has it.
func (p *Providers) Find(ctx context.Context, id string) (ProviderOffer, error) {
	found, tenant, err := p.usable(ctx, id)
	return ProviderOffer{found.ID, found.Name, found.SignUp, tenant}, err
}

// journey is what is kept while somebody is at a provider.
type journey struct {
	Provider string         `json:"provider"`
	Pending  openid.Pending `json:"pending"`
	Next     string         `json:"next"`
	LinkTo   string         `json:"link_to"` // account to which the identity is to be linked, "" to sign in
}

// Begin is the address at a provider to which the browser goes.
func (p *Providers) Begin(ctx context.Context, session []byte, id, next string) (string, error) {
	return p.begin(ctx, session, id, journey{Next: next})
}

func (p *Providers) begin(ctx context.Context, session []byte, id string, j journey) (string, error) {
	found, _, err := p.usable(ctx, id)
	if err != nil {
		return "", err
	}
	reg, err := p.registration(found)
	if err != nil {
		return "", err
	}
	var address string
	if address, j.Pending, err = p.client.Begin(ctx, reg); err != nil {
		return "", err
	}
	if j.Provider = found.ID; len(j.Next) > nextMost {
		j.Next = ""
	}
	return address, p.keep(ctx, session, ceremonyProvider, ceremonyID(j.Pending.State), j, providerLifetime)
}

func (p *Providers) keep(ctx context.Context, session []byte, kind, id string, data any, lifetime time.Duration) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return p.store.InsertCeremony(ctx, store.Ceremony{ID: id, Session: session, Kind: kind, Data: raw, ExpiresAt: models.Time(p.store.Now().Add(lifetime))})
}

// take uses up what a browser keeps, before anybody judges its answer (R21, R40).
func (p *Providers) take(ctx context.Context, session []byte, kind, id string, into any) error {
	c, err := p.store.TakeCeremony(ctx, session, kind, id)
	if fault.Is(err, fault.NotFound) || err == nil && !p.store.Now().Before(c.ExpiresAt) {
		return fault.New(fault.BadRequest, "provider_refused", "This sign-in took too long, was finished already, or began in another browser. Start again from the sign-in page.")
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(c.Data, into)
}

// Returned is what came of somebody's return from a provider.
type Returned struct {
	Offer  ProviderOffer
	User   models.User // who is signed in now; zero where nobody is
	Scope  string      // of the session that they get
	Staff  bool        // whether it is that of the staff
	Next   string
	Linked bool   // the identity was linked to the account that asked
	Email  string // that the provider named, where no account is linked
	Mailed bool   // and to which a mail went
}

// Finish signs in who comes back from a provider. The identity has to be linked to an
// account already, or to be linked now by the account that began: an address that is
// the same links nothing. Who has no account may get a link by mail that makes one.
func (p *Providers) Finish(ctx context.Context, actor models.Actor, session []byte, id string, reply openid.Reply) (out Returned, err error) {
	var j journey
	if err := p.take(ctx, session, ceremonyProvider, ceremonyID(reply.State), &j); err != nil {
		return out, err
	}
	if j.Provider != id { // the answer of one provider at the address of another
		return out, fault.New(fault.BadRequest, "provider_refused", "This answer is of another provider than the one that was asked. Start again from the sign-in page.")
	}
	found, tenant, err := p.usable(ctx, id)
	if err != nil {
		return out, err
	}
	out = Returned{Offer: ProviderOffer{found.ID, found.Name, found.SignUp, tenant}, Scope: found.TenantID, Staff: found.TenantID == store.Installation, Next: j.Next}
	reg, err := p.registration(found)
	if err != nil {
		return out, err
	}
	who, err := p.client.Finish(ctx, reg, j.Pending, reply)
	if err != nil {
		return out, err
	}
	if who.Refresh == "" {
		return out, fault.New(fault.BadRequest, "provider_refused", "The provider gave no refresh token, without which nobody would learn that you left. An admin has to allow offline access for this portal there.")
	}
	there := at{found, tenant, actor.Request()}
	if j.LinkTo != "" {
		out.Linked = true
		return out, p.link(ctx, actor, there, j.LinkTo, who)
	}
	out.User, err = p.enter(ctx, there, who)
	if fault.Is(err, fault.NotFound) {
		out.Email = who.Email
		out.Mailed, err = p.invite(ctx, session, there, j.Next, who)
	}
	return out, err
}

// at is a provider in its scope, in a request.
type at struct {
	models.Provider
	tenant  models.Tenant
	request models.Request
}

// as is somebody in the scope of the provider.
func (a at) as(user models.User) models.Actor {
	return models.NewActor(models.Standing{User: user, Via: a.TenantID}, a.tenant, a.request)
}

// program is Gatehouse itself there, which does what the provider's groups say.
func (a at) program() models.Actor { return models.NewProgram("identities", a.tenant) }

// enter signs in the account of an identity. One that is disabled fails as an identity
// that the provider refused, and stays disabled (R28).
func (p *Providers) enter(ctx context.Context, there at, who openid.Person) (user models.User, err error) {
	var known models.Identity
	err = p.store.As(ctx, there.as(user), func(r store.Tenant) error {
		if known, err = r.IdentityOf(there.Issuer, who.Subject); err != nil {
			return err
		}
		user, err = r.User(known.UserID)
		return err
	})
	if err != nil {
		return models.User{}, err
	}
	change, err := p.roleChange(ctx, there, user)
	if err != nil {
		return models.User{}, err
	}
	own := models.NewActor(models.Standing{User: user}, models.Tenant{}, there.request)
	err = p.store.Do(ctx, own, models.AccountUse, func(tx *store.Tx) error {
		now, err := tx.LockUser(user.ID)
		if err != nil {
			return err
		}
		if now.State != models.UserActive {
			return fault.New(fault.BadRequest, "provider_refused", "You were not signed in. Ask an admin.")
		}
		if err := noteSeen(tx, own, true); err != nil {
			return err
		}
		if err := tx.RecordAs("session.start", "provider", there.ID, nil, nil, nil); err != nil {
			return err
		}
		return tx.In(there.as(user), func(tx *store.Tx) error {
			one, err := tx.LockIdentity(user.ID)
			if err != nil {
				return err
			}
			if one.Issuer != there.Issuer || one.Subject != who.Subject {
				return fault.Missing("identity")
			}
			details := byProvider(there)
			if one.GoneAt != nil { // they are back, and so is what they had
				details["back"] = true
				if err := rightsChanged(tx, user.ID); err != nil {
					return err
				}
			}
			one.GoneAt, one.SeenAt = nil, tx.Now()
			if err := p.renew(tx, &one, who); err != nil {
				return err
			}
			if err := tx.RecordAs("identity.sign_in", "user", user.ID, details, nil, nil); err != nil {
				return err
			}
			return change(tx, one)
		})
	})
	if err != nil || there.TenantID != store.Installation {
		return user, err
	}
	return p.staffNow(ctx, there, user)
}

// renew stores what the provider said of somebody just now.
func (p *Providers) renew(tx *store.Tx, one *models.Identity, who openid.Person) (err error) {
	if who.Refresh != "" {
		one.Number++
		if one.Sealed, err = p.keys.SealIdentity(*one, who.Refresh); err != nil {
			return err
		}
	}
	if who.Email != "" {
		one.Email = who.Email
	}
	if who.Asked {
		one.Groups = who.Groups
	}
	one.CheckedAt = tx.Now()
	return tx.UpdateIdentity(*one)
}

// staffNow is a person of the staff as they are now. Who is none does not come in
// through the provider of the staff.
func (p *Providers) staffNow(ctx context.Context, there at, user models.User) (models.User, error) {
	err := p.store.As(ctx, there.as(user), func(r store.Tenant) (err error) {
		user, err = r.User(user.ID)
		return err
	})
	if err == nil && user.Staff == models.NotStaff {
		err = fault.New(fault.Forbidden, "not_allowed", "%s is for the staff, and you are not of it. Sign in with your passkey.", there.Name)
	}
	return user, err
}
