package portal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// LinkPage is what the page of a one-time link shows.
type LinkPage struct {
	models.Link
	Tenant models.Tenant // of an invitation
	Team   models.Team   // of an invitation to one
	Person models.User   // who has the link's address already, or zero
}

// Link shows what a one-time link is for, without using it up. One that is used
// or too old is Gone.
func (a *Accounts) Link(ctx context.Context, actor models.Actor, secret string) (page LinkPage, err error) {
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		if page.Link, err = r.Link(keyring.LinkHash(secret)); err != nil {
			return err
		}
		if page.UsedAt != nil || !a.store.Now().Before(page.ExpiresAt) {
			return errLinkUsed()
		}
		if page.ForTenant != nil {
			if page.Tenant, err = r.TenantByID(*page.ForTenant); err != nil {
				return err
			}
		}
		if page.ForTeam != nil {
			inside := models.Stranger(page.Tenant, actor.Request())
			if err := a.store.As(ctx, inside, func(r store.Tenant) (err error) {
				page.Team, err = r.Team(*page.ForTeam)
				return err
			}); err != nil {
				return err
			}
		}
		if page.UserID != nil {
			page.Person, err = r.User(*page.UserID)
			return err
		}
		page.Person, err = r.UserByEmail(page.Email)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	return page, err
}

func errLinkUsed() error {
	return fault.New(fault.Gone, "link_used", "This link was used already or is too old. Ask for a new one.")
}

// enrolment is what BeginEnrol keeps for FinishEnrol.
type enrolment struct {
	State []byte      `json:"state"`
	User  models.User `json:"user"`
	Link  []byte      `json:"link"` // hash
	Name  string      `json:"name"` // of the passkey, where the person chose one
}

// BeginEnrol asks for a passkey of the person whom a link was sent to. The name
// is that of a new account; the address counts for the first operator only, whose
// link was sent to nobody.
func (a *Accounts) BeginEnrol(ctx context.Context, actor models.Actor, session []byte, secret, name, address string) (json.RawMessage, error) {
	page, err := a.Link(ctx, actor, secret)
	if err != nil {
		return nil, err
	}
	link, called := page.Link, ""
	switch link.Kind {
	case models.LinkOperator:
		if link.Email, err = models.CanonicalEmail(address); err != nil {
			return nil, err
		}
	case models.LinkDevice:
		if err := checkPasskeyName(name); err != nil {
			return nil, err
		}
		called = strings.TrimSpace(name)
	case models.LinkRecover, models.LinkRecoverStop, models.LinkEmail, models.LinkUndo, models.LinkProvider:
		return nil, fault.Missing("link") // they are about an account that is there, and give nobody a passkey
	}
	user, keys, err := a.enrolling(ctx, actor, link, name)
	if err != nil {
		return nil, err
	}
	c, err := a.passkeys.BeginRegistration(passkeyUser(user, keys), session)
	if err != nil {
		return nil, err
	}
	return c.Options, a.keep(ctx, session, ceremonyEnrol, c, enrolment{c.State, user, link.Hash, called})
}

// enrolling is the account that a passkey will belong to: a link for another device
// and the demo's name one, the others make a new one.
func (a *Accounts) enrolling(ctx context.Context, actor models.Actor, link models.Link, name string) (user models.User, keys []models.Passkey, err error) {
	if link.UserID != nil {
		err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
			if user, err = r.User(*link.UserID); err != nil {
				return err
			}
			keys, err = r.Passkeys(user.ID)
			return err
		})
		if err == nil && user.State != models.UserActive {
			err = errLinkUsed() // a link leads nobody back whom an operator shut out (R28)
		}
		return user, keys, err
	}
	user = models.User{ID: models.NewID(), Email: link.Email, Name: name, Handle: passkey.NewHandle(), State: models.UserActive}
	user.Staff = map[models.LinkKind]models.StaffRole{
		models.LinkOperator: models.StaffOperator, models.LinkStaff: models.StaffSupport}[link.Kind]
	return user, nil, user.Check()
}

// Enrolled is what came of a one-time link.
type Enrolled struct {
	User   models.User   // who is signed in now
	Key    string        // id of the passkey that they made
	Tenant models.Tenant // that an invitation led to, or zero
	Next   string        // page that a sign-up started from, or ""
	SignIn bool          // whether it signs in: a link for another device only adds a passkey
}

// FinishEnrol stores the passkey, and the account and the membership where they
// are new, and uses the link up: all of it or nothing.
func (a *Accounts) FinishEnrol(ctx context.Context, actor models.Actor, session, answer []byte) (out Enrolled, err error) {
	var kept enrolment
	if err := a.take(ctx, session, ceremonyEnrol, answer, &kept); err != nil {
		return out, err
	}
	out.User = kept.User
	cred, err := a.passkeys.FinishRegistration(kept.State, passkeyUser(out.User, nil), session, answer)
	if err != nil {
		return out, err
	}
	key := newPasskey(out.User.ID, cred, "First passkey")
	if err := a.fits(out.User, key); err != nil {
		return out, err
	}
	err = a.store.Do(ctx, self(actor, out.User), models.AccountUse, func(tx *store.Tx) error {
		link, err := tx.Link(kept.Link)
		if err != nil {
			return err
		}
		out.Next, out.SignIn = link.Next, link.Kind != models.LinkDevice
		if err := tx.UseLink(kept.Link); err != nil {
			return err
		}
		if err := a.welcome(tx, link, &out.User); err != nil {
			return err
		}
		switch link.Kind {
		case models.LinkEnrol:
			key.Name = "Added by link"
		case models.LinkDevice:
			key.Name = kept.Name
			if err := tellPasskey(tx, MailPasskey, key); err != nil {
				return err
			}
		}
		if err := tx.InsertPasskey(&key); err != nil {
			return err
		}
		out.Key = key.ID
		if err := noteSeen(tx, self(actor, out.User), false); err != nil {
			return err
		}
		if err := tx.RecordAs("passkey.add", "passkey", key.ID, map[string]any{"user": out.User.ID}, nil, nil); err != nil {
			return err
		}
		if link.ForTenant != nil {
			out.Tenant, err = join(tx, link, out.User)
		}
		return err
	})
	return out, err
}

// welcome makes the account that a link promises. Only the first operator is
// made by a link (R34).
func (a *Accounts) welcome(tx *store.Tx, link models.Link, user *models.User) error {
	switch link.Kind {
	case models.LinkEnrol, models.LinkDevice:
		now, err := tx.LockUser(user.ID)
		if err == nil && now.State != models.UserActive {
			err = errLinkUsed()
		}
		*user = now
		return err
	case models.LinkOperator:
		if exists, err := tx.StaffExists(); err != nil || exists {
			return errors.Join(err, fault.New(fault.Gone, "operator_exists", "This installation has an operator already."))
		}
	}
	if err := tx.InsertUser(user); err != nil {
		return err
	}
	return tx.RecordAs("account.create", "user", user.ID, map[string]any{"email": user.Email, "staff": user.Staff}, nil, nil)
}

// Accept gives the signed-in person what an invitation to their address
// promises: a role or a team in a tenant, which is returned, or a place among the staff.
func (a *Accounts) Accept(ctx context.Context, actor models.Actor, secret string) (tenant models.Tenant, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return tenant, err
	}
	page, err := a.Link(ctx, actor, secret)
	if err != nil {
		return tenant, err
	}
	invites := page.Kind == models.LinkStaff || page.Kind == models.LinkInvite || page.Kind == models.LinkTeam
	if page.Email != actor.Account().Email || !invites {
		return tenant, fault.New(fault.Forbidden, "invitation_not_yours", "This invitation was sent to another address. Sign in with the account of that address.")
	}
	err = a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if _, err := tx.LockPerson(actor.User()); err != nil {
			return err
		}
		if err := tx.UseLink(page.Hash); err != nil {
			return err
		}
		if page.Kind == models.LinkStaff {
			if err := a.fitForStaff(tx, actor.User()); err != nil {
				return err
			}
			return joinStaff(tx, actor.User())
		}
		if tenant, err = join(tx, page.Link, actor.Account()); err != nil {
			return err
		}
		return tx.RecordAs("invitation.accept", "user", actor.User(), map[string]any{"tenant": tenant.ID}, nil, nil)
	})
	return tenant, err
}

// join makes a person a member of a tenant or of a team as an invitation says,
// in the chain of its tenant.
func join(tx *store.Tx, link models.Link, user models.User) (models.Tenant, error) {
	tenant, err := tx.TenantByID(*link.ForTenant)
	if err != nil {
		return tenant, err
	}
	inside := models.NewActor(models.Standing{User: user}, tenant, tx.Request())
	return tenant, tx.In(inside, func(tx *store.Tx) error {
		if link.Kind == models.LinkTeam {
			return joinTeam(tx, *link.ForTeam, user.ID, invitedAs(link))
		}
		if err := joinTenant(tx, link, user); err != nil {
			return err
		}
		return comeBack(tx, user)
	})
}

// joinTenant makes a person a member with a role, or lets them in as a partner.
func joinTenant(tx *store.Tx, link models.Link, user models.User) error {
	if link.Role == models.RolePartner {
		return joinAsPartner(tx, link, user.ID)
	}
	if err := notMember(tx.Tenant, user.ID); err != nil {
		return err
	}
	if err := tx.SetMember(user.ID, link.Role); err != nil {
		return err
	}
	if a, err := tx.LockAdmission(user.ID); err == nil && a.State == models.AdmissionRemoved {
		if err := tx.DeleteAdmission(user.ID); err != nil {
			return err
		}
	} else if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := rightsChanged(tx, user.ID); err != nil {
		return err
	}
	return tx.RecordAs("member.join", "user", user.ID, map[string]any{"role": link.Role}, nil, nil)
}

// notMember refuses to give a role by invitation over one that is there: only an
// admin who looks at it may lower it.
func notMember(r store.Tenant, user string) error {
	m, err := r.Member(user)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "already_member", "This person is a member with the role %s already; an admin can change it.", m.Role)
}

// fitForStaff refuses who could not sign in as staff (R26).
func (a *Accounts) fitForStaff(tx *store.Tx, user string) error {
	keys, err := tx.Passkeys(user)
	if err != nil {
		return err
	}
	as := models.User{Staff: models.StaffSupport}
	for _, key := range keys {
		if err = a.fits(as, key); err == nil {
			return nil
		}
	}
	if err != nil {
		return fault.New(fault.Conflict, "passkey_synced", "Staff of this installation use passkeys that stay on one device, like those of a security key. Add one to your account first, then open this link again.")
	}
	return nil
}

// joinStaff makes a person support staff, unless they are staff already.
func joinStaff(tx *store.Tx, user string) error {
	u, err := tx.LockUser(user)
	if err != nil {
		return err
	}
	if u.Staff != models.NotStaff {
		return fault.New(fault.Conflict, "already_member", "This person is staff already.")
	}
	u.Staff = models.StaffSupport
	if err := tx.UpdateUser(u); err != nil {
		return err
	}
	return tx.RecordAs("staff.join", "user", u.ID, map[string]any{"staff": u.Staff}, nil, nil)
}

// OperatorLink makes the one-time link of the first operator, for the log of
// the first start. It returns "" where there is an operator already (R34).
func (a *Accounts) OperatorLink(ctx context.Context) (path string, err error) {
	err = a.store.Do(ctx, models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
		exists, err := tx.StaffExists()
		if err != nil {
			return err
		}
		if exists {
			return errOperatorExists
		}
		nonce, err := a.links.insert(tx, models.Link{Kind: models.LinkOperator}, tx.Now())
		if err != nil {
			return err
		}
		path = LinkPath(a.links.keys.LinkSecret(nonce))
		return tx.RecordAs("operator.link", "installation", store.Installation, nil, nil, nil)
	})
	if errors.Is(err, errOperatorExists) {
		return "", nil
	}
	return path, err
}

var errOperatorExists = errors.New("portal: there is an operator")

// EnrolLink makes a one-time link that adds a passkey to an account, for the
// people of the demo and for nobody else.
func (a *Accounts) EnrolLink(ctx context.Context, user models.User, now time.Time) (path string, err error) {
	err = a.store.Do(ctx, models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
		nonce, err := a.links.insert(tx, models.Link{Kind: models.LinkEnrol, Email: user.Email, UserID: &user.ID}, now)
		if err != nil {
			return err
		}
		path = LinkPath(a.links.keys.LinkSecret(nonce))
		return tx.RecordAs("passkey.link", "user", user.ID, nil, nil, nil)
	})
	return path, err
}
