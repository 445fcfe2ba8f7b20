package portal

import (
	"context"
	"errors"
	"net/url"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Accounts are the use cases around people: signing up, signing in, stepping up.
// Tenants play no part in them, so their actors carry none.
type Accounts struct {
	store    *store.Store
	passkeys *passkey.Passkeys
	links    links

	staffDeviceBound bool // staff use passkeys that stay on one device (R26)
}

// SignUpMails is how many mails one address gets in an hour, whoever asks (R118).
const SignUpMails = 20

// errEnough ends a sign-up that would send one mail too many.
var errEnough = errors.New("portal: enough mails to this address")

// nextMost is the longest address of a page that a link remembers, in bytes.
const nextMost = 1 << 10

// SignUp sends a link that proves the address, and leads on to next, a page of the
// portal, on whatever device it is opened. Whether the address has an account
// already shows in the mail only (R29). Where that page is of a tenant that takes
// nobody with this address, nothing is sent (R54).
func (a *Accounts) SignUp(ctx context.Context, actor models.Actor, address, next string) error {
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return err
	}
	if err := a.signUpFor(ctx, email, next); err != nil {
		return err
	}
	nobody := models.Stranger(models.Tenant{}, actor.Request())
	err = a.store.Do(ctx, nobody, models.AccountUse, func(tx *store.Tx) error {
		sent, err := tx.EventsSince("address", email, tx.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		if sent >= SignUpMails {
			return errEnough
		}
		if len(next) > nextMost {
			next = ""
		}
		mail, err := a.signUpMail(tx, email, next)
		if err != nil {
			return err
		}
		if err := tx.RecordAs("account.sign_up", "address", email, nil, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(mail)
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (a *Accounts) signUpMail(tx *store.Tx, email, next string) (Mail, error) {
	mail := Mail{Mail: MailVerify, To: email, Facts: MailFacts{At: tx.Now()}}
	kept, err := tx.Reserved(email)
	if err != nil {
		return mail, err
	}
	if kept != "" {
		mail.Mail, mail.Path = MailReserved, "/login"
		return mail, nil
	}
	_, err = tx.UserByEmail(email)
	if err == nil {
		mail.Mail, mail.Path = MailKnown, "/login"
		if next != "" && next != "/" {
			mail.Path += "?" + url.Values{"next": {next}}.Encode()
		}
		return mail, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return mail, err
	}
	mail.Nonce, err = a.links.insert(tx, models.Link{Kind: models.LinkVerify, Email: email, Next: next}, tx.Now())
	return mail, err
}

// Rename changes how the person is called.
func (a *Accounts) Rename(ctx context.Context, actor models.Actor, name string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		user, err := tx.LockUser(actor.User())
		if err != nil {
			return err
		}
		before := user.Name
		if user.Name = name; before == name {
			return tx.RecordAs("account.rename", "user", user.ID, nil, nil, nil)
		}
		if err := user.Check(); err != nil {
			return err
		}
		if err := tx.UpdateUser(user); err != nil {
			return err
		}
		return tx.RecordAs("account.rename", "user", user.ID, map[string]any{"from": before, "to": name}, nil, nil)
	})
}

// self is a person acting on their own account, outside of tenants.
func self(actor models.Actor, user models.User) models.Actor {
	return models.NewActor(models.Standing{User: user}, models.Tenant{}, actor.Request()).WithProof(actor.Proof())
}

// Place is one of a person's standings in a tenant: a role, or a team.
type Place struct {
	Tenant   models.Tenant
	Role     models.Role
	Team     models.Team // zero for a role
	TeamRole models.TeamRole
}

// Places are the person's roles and teams in all tenants, by the tenants' names.
func (a *Accounts) Places(ctx context.Context, actor models.Actor) ([]Place, error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	mine, err := insides(ctx, a.store, actor)
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, inside := range mine {
		if inside.Role() != models.NoRole {
			out = append(out, Place{Tenant: inside.Tenant(), Role: inside.Role()})
		}
		err := a.store.As(ctx, inside, func(r store.Tenant) error {
			teams, err := r.Teams(inside.Teams())
			for _, id := range inside.Teams() {
				out = append(out, Place{Tenant: inside.Tenant(), Team: teams[id], TeamRole: inside.TeamRole(id)})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
