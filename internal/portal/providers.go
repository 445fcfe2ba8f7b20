package portal

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/openid"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

// Providers are the use cases around signing in through a company's own OpenID
// provider: that of a tenant, or with an actor outside of tenants that of the staff.
type Providers struct {
	store     *store.Store
	keys      *keyring.Keyring
	links     links
	client    *openid.Client
	upstreams Upstreams
}

// ProviderObject is the object of the step-up before a provider is changed (R24).
const ProviderObject = "provider"

// clientSecretMost is the longest client secret, in bytes.
const clientSecretMost = 1024

// ProviderPage is a tenant's provider as its admins see it.
type ProviderPage struct {
	models.Provider
	Known    bool   // there is one
	Callback string // for the form at the provider
	People   []IdentityRow
	Next     string // behind which the next page of people begins, or ""
}

// IdentityRow is somebody's identity with their account.
type IdentityRow struct {
	models.Identity
	User models.User
}

// configures is what an actor needs to change a provider: its scope is theirs.
func configures(actor models.Actor) models.Action {
	if actor.Tenant().ID == "" {
		return models.InstallationConfigure
	}
	return models.TenantConfigure
}

// scoped is the actor where the statements of a use case run.
func scoped(actor models.Actor) models.Actor {
	if actor.Tenant().ID == "" {
		return self(actor, actor.Account())
	}
	return actor
}

// scope of an actor: their tenant, or the staff.
func scope(actor models.Actor) string {
	if id := actor.Tenant().ID; id != "" {
		return id
	}
	return store.Installation
}

// Show is the provider with a page of the people who are linked to it.
func (p *Providers) Show(ctx context.Context, actor models.Actor, after string) (page ProviderPage, err error) {
	right := models.SettingsRead
	if actor.Tenant().ID == "" {
		right = models.InstallationConfigure
	}
	if err := actor.May(right); err != nil {
		return page, err
	}
	err = p.store.As(ctx, scoped(actor), func(r store.Tenant) error {
		if page.Provider, err = r.Provider(); err != nil {
			return refusedIfMissing(err, nil)
		}
		page.Known, page.Callback = true, p.client.Callback(callbackOf(page.Provider))
		all, err := r.Identities(after, store.PageMost)
		if err != nil {
			return err
		}
		users, err := r.Users(ids(all, func(i models.Identity) string { return i.UserID }))
		for _, i := range all {
			page.People = append(page.People, IdentityRow{i, users[i.UserID]})
		}
		if len(all) == store.PageMost {
			page.Next = all[len(all)-1].UserID
		}
		return err
	})
	return page, err
}

// ProviderChange is what is set of a provider.
type ProviderChange struct {
	models.Provider
	Secret string // "" keeps the one that is there
}

// Set makes or changes the provider, as it was at the given revision. Where it is
// turned off, or another one, sessions that came through it end. It demands a step-up
// of a person (R24), and gives the secret out to nobody (R107).
func (p *Providers) Set(ctx context.Context, actor models.Actor, in ProviderChange) error {
	right := configures(actor)
	if err := actor.May(right); err != nil {
		return err
	}
	after, err := p.checked(actor, in)
	if err != nil {
		return err
	}
	return p.store.Do(ctx, scoped(actor), right, func(tx *store.Tx) error {
		before, err := tx.Provider()
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if actor.ManagementToken() != "" && lets(after, before) {
			return fault.New(fault.Forbidden, "step_up_required", "Who comes in and with which role is decided on the page, with a passkey: issuer, client id, groups, roles, sign-up and turning it on. A token renews the client secret, renames the provider and turns sign-up or all of it off.")
		}
		if err := useProof(tx, actor, ProviderObject); err != nil {
			return err
		}
		if err := p.place(&after, before, in, actor); err != nil {
			return err
		}
		if err := tx.SetProvider(after); err != nil {
			return err
		}
		details := map[string]any{"issuer": after.Issuer, "client_id": after.ClientID, "fingerprint": after.Fingerprint, "enabled": after.Enabled,
			"sign_up": after.SignUp, "groups_claim": after.GroupsClaim, "roles": models.GroupRolesText(after.Roles)}
		if before.Enabled && (!after.Enabled || before.Issuer != after.Issuer || before.ClientID != after.ClientID) {
			n, err := tx.DeleteSessionsThrough("")
			if err != nil {
				return err
			}
			details["sessions"] = n
		}
		return tx.RecordAs("provider.set", "provider", after.ID, details, nil, nil)
	})
}

// lets reports whether a change could let others in, or give a role: no token does (R6).
func lets(after, before models.Provider) bool {
	return after.Issuer != before.Issuer || after.ClientID != before.ClientID || after.GroupsClaim != before.GroupsClaim ||
		!slices.Equal(after.Roles, before.Roles) || after.SignUp && !before.SignUp || after.Enabled && !before.Enabled
}

// checked is a provider as it was typed, with what can be seen of it by itself.
func (p *Providers) checked(actor models.Actor, in ProviderChange) (models.Provider, error) {
	out := in.Provider
	out.TenantID, out.Name = scope(actor), strings.TrimSpace(out.Name)
	out.ClientID, out.GroupsClaim = strings.TrimSpace(out.ClientID), strings.TrimSpace(out.GroupsClaim)
	var fields []fault.Field
	if err := out.Check(actor.Tenant().ID == ""); err != nil {
		fields = fault.From(err).Fields
	}
	// As it is written it is compared (OpenID Connect Discovery §4.3), so only what surrounds it is changed.
	out.Issuer = strings.TrimSpace(out.Issuer)
	if _, err := p.upstreams.CheckURL(out.Issuer); err != nil {
		fields = append(fields, fault.From(renamed(err, "issuer")).Fields...)
	}
	if len(in.Secret) > clientSecretMost || strings.ContainsFunc(in.Secret, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		fields = append(fields, fault.Field{Name: "client_secret", Message: "Copy the client secret from the provider: printable ASCII characters."})
	}
	if len(fields) > 0 {
		return out, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").WithFields(fields...)
	}
	return out, nil
}

// place puts what is kept of the provider into its next state, and seals the secret.
func (p *Providers) place(after *models.Provider, before models.Provider, in ProviderChange, actor models.Actor) (err error) {
	after.ID, after.Number, after.SetBy = before.ID, before.Number, actor.User()
	after.Sealed, after.Fingerprint = before.Sealed, before.Fingerprint
	if after.ID == "" {
		after.ID, after.Revision = models.NewID(), 0
	} else if after.Revision == 0 {
		return fault.New(fault.Conflict, "changed_meanwhile", "Somebody else set a provider up in the meantime. Reload the page and look again.")
	}
	if before.Issuer == after.Issuer {
		after.FailingSince, after.Failure = before.FailingSince, before.Failure
	}
	if in.Secret == "" {
		if before.Issuer == after.Issuer {
			return nil
		}
		return invalid("client_secret", "Enter the client secret; it belongs to the issuer that it was made by.")
	}
	after.Number++
	after.Fingerprint = vault.Fingerprint(vault.NewSecret([]byte(in.Secret)))
	after.Sealed, err = p.keys.SealProvider(*after, in.Secret)
	return err
}

// Test asks the provider, as it is stored, what it offers.
func (p *Providers) Test(ctx context.Context, actor models.Actor) (openid.Facts, error) {
	if err := actor.May(configures(actor)); err != nil {
		return openid.Facts{}, err
	}
	var found models.Provider
	err := p.store.As(ctx, scoped(actor), func(r store.Tenant) (err error) {
		found, err = r.Provider()
		return err
	})
	if err != nil {
		return openid.Facts{}, err
	}
	reg, err := p.registration(found)
	if err != nil {
		return openid.Facts{}, err
	}
	return p.client.Probe(ctx, reg)
}

// registration is how we are known at a provider.
func (p *Providers) registration(of models.Provider) (openid.Registration, error) {
	secret, err := p.keys.OpenProvider(of)
	return openid.Registration{Issuer: of.Issuer, ClientID: of.ClientID, Secret: secret, Callback: callbackOf(of), Groups: of.GroupsClaim}, err
}

// callbackOf is the page to which people come back from one provider, and from no other.
func callbackOf(p models.Provider) string { return ProviderPath(p.ID) + "/callback" }

// ProviderPath is the page on which one goes to a provider.
func ProviderPath(id string) string { return "/login/with/" + id }

// Release ends somebody's link, which an admin or an operator does: where the provider
// says that they are gone, they are back with the roles and teams that they had. It
// demands a step-up (R24).
func (p *Providers) Release(ctx context.Context, actor models.Actor, user string) error {
	right := configures(actor)
	if err := actor.May(right); err != nil {
		return err
	}
	return p.store.Do(ctx, scoped(actor), right, func(tx *store.Tx) error {
		if _, err := tx.LockIdentity(user); err != nil {
			return err
		}
		if err := tx.UseProof(user); err != nil {
			return err
		}
		return unlink(tx, user, "identity.release", nil)
	})
}

// unlink ends the link of a person, and the sessions that came by it.
func unlink(tx *store.Tx, user, verb string, details map[string]any) error {
	if err := tx.DeleteIdentity(user); err != nil {
		return err
	}
	if _, err := tx.DeleteSessionsThrough(user); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	return tx.RecordAs(verb, "user", user, details, nil, nil)
}
