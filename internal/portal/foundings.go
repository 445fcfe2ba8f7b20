package portal

import (
	"context"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/openid"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// founding is what is kept of somebody without an account until their address is proven.
type founding struct {
	Provider string        `json:"provider"`
	Who      openid.Person `json:"who"` // without the refresh token
	Sealed   []byte        `json:"sealed"`
	User     string        `json:"user"` // id of the account that will be
	Next     string        `json:"next"`
}

// invite sends a link that makes an account for an identity, opened in the same
// browser; to who has an account, how to link it. Which of the two was sent shows in
// the mail only (R29). Where the tenant takes nobody like this, nothing is sent (R54).
func (p *Providers) invite(ctx context.Context, session []byte, there at, next string, who openid.Person) (bool, error) {
	email, err := models.CanonicalEmail(who.Email)
	if err != nil || !who.Verified || !there.SignUp || there.TenantID == store.Installation {
		return false, nil
	}
	if there.RoleFor(who.Groups) == "" && !there.tenant.MayApply(email) {
		return false, nil
	}
	begun := founding{Provider: there.ID, Who: who, User: models.NewID(), Next: next}
	begun.Who.Email, begun.Who.Refresh = email, ""
	if begun.Sealed, err = p.keys.SealIdentity(models.Identity{TenantID: there.TenantID, UserID: begun.User, Issuer: there.Issuer, Number: 1}, who.Refresh); err != nil {
		return false, err
	}
	nobody := models.Stranger(models.Tenant{}, there.request)
	nonce := ""
	err = p.store.Do(ctx, nobody, models.AccountUse, func(tx *store.Tx) error {
		nonce = ""
		sent, err := tx.EventsSince("address", email, tx.Now().Add(-time.Hour))
		if err != nil || sent >= SignUpMails {
			return err
		}
		mail := Mail{Mail: MailKnown, To: email, Path: "/login?" + url.Values{"next": {"/account"}}.Encode(), Facts: MailFacts{At: tx.Now()}}
		_, err = tx.UserByEmail(email)
		if fault.Is(err, fault.NotFound) {
			until := models.Time(tx.Now().Add(foundingLifetime))
			mail = Mail{Mail: MailFounding, To: email, Facts: MailFacts{Object: there.tenant.Name, By: there.Name, At: tx.Now(), Until: until}}
			mail.Nonce, err = p.links.insert(tx, models.Link{Kind: models.LinkProvider, Email: email, ExpiresAt: until}, tx.Now())
			nonce = mail.Nonce
		}
		if err != nil {
			return err
		}
		if err := tx.RecordAs("account.sign_up", "address", email, map[string]any{"provider": there.ID}, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(mail)
	})
	if err != nil || nonce == "" {
		return err == nil, err
	}
	hash := keyring.LinkHash(p.links.keys.LinkSecret(nonce))
	return true, p.keep(ctx, session, ceremonyFounding, hex.EncodeToString(hash), begun, foundingLifetime)
}

// Found makes the account that a link from a mail promises, in the browser that came
// back from the provider: both together prove whose it is. It has no passkey yet, so
// it is good for the tenant of the provider alone.
func (p *Providers) Found(ctx context.Context, actor models.Actor, session []byte, secret string) (out Returned, err error) {
	hash := keyring.LinkHash(secret)
	var begun founding
	if err := p.take(ctx, session, ceremonyFounding, hex.EncodeToString(hash), &begun); err != nil {
		return out, err
	}
	found, tenant, err := p.usable(ctx, begun.Provider)
	if err != nil {
		return out, err
	}
	there := at{found, tenant, actor.Request()}
	user := models.User{ID: begun.User, Email: begun.Who.Email, Name: nameOf(begun.Who), Handle: passkey.NewHandle(), State: models.UserActive}
	if err := user.Check(); err != nil {
		return out, err
	}
	one := models.Identity{TenantID: there.TenantID, UserID: user.ID, Issuer: there.Issuer, Subject: begun.Who.Subject, Email: user.Email,
		Sealed: begun.Sealed, Number: 1, Groups: begun.Who.Groups, Founded: true}
	change, err := p.roleChange(ctx, there, user)
	if err != nil {
		return out, err
	}
	err = p.store.Do(ctx, models.NewActor(models.Standing{User: user}, models.Tenant{}, actor.Request()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseLink(hash); err != nil {
			return err
		}
		if err := tx.InsertUser(&user); err != nil {
			return err
		}
		if err := noteSeen(tx, models.NewActor(models.Standing{User: user}, models.Tenant{}, there.request), false); err != nil {
			return err
		}
		if err := tx.RecordAs("account.create", "user", user.ID, map[string]any{"email": user.Email, "provider": there.ID}, nil, nil); err != nil {
			return err
		}
		return tx.In(there.program(), func(tx *store.Tx) error {
			if err := tx.InsertIdentity(one); err != nil {
				return err
			}
			if err := tx.RecordAs("identity.found", "user", user.ID, map[string]any{"subject": one.Subject}, nil, nil); err != nil {
				return err
			}
			return change(tx, one)
		})
	})
	return Returned{Offer: ProviderOffer{found.ID, found.Name, found.SignUp, tenant}, Scope: found.TenantID, User: user, Next: begun.Next}, err
}

// nameOf is how somebody is called at first.
func nameOf(who openid.Person) string {
	name := []rune(who.Name)
	if len(name) == 0 {
		local, _, _ := strings.Cut(who.Email, "@")
		name = []rune(local)
	}
	return string(name[:min(len(name), 80)])
}
