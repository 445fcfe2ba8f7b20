package portal

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// EmailChange is the object of the step-up before another address (R24).
const EmailChange = "email"

// UndoTime is how long the old address can take a change back. Until then it is
// nobody else's (R62).
const UndoTime = 7 * 24 * time.Hour

// AskEmail sends a link to the address that the person wants, which proves it.
// Whether the address has an account already shows in that mail only (R29).
func (a *Accounts) AskEmail(ctx context.Context, actor models.Actor, address string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return err
	}
	if email == actor.Account().Email {
		return invalid("email", "This is your address already.")
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		sent, err := tx.EventsSince("address", email, tx.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		if sent >= SignUpMails {
			return fault.New(fault.TooMany, "too_many_mails", "This address got enough mails for now. Try again in an hour.").After(time.Hour)
		}
		if err := tx.UseProof(EmailChange); err != nil {
			return err
		}
		if err := tx.EndLinks(actor.User(), models.LinkEmail, time.Time{}); err != nil {
			return err
		}
		mail, err := a.emailMail(tx, actor.User(), email)
		if err != nil {
			return err
		}
		if err := tx.RecordAs("account.email_ask", "address", email, map[string]any{"user": actor.User()}, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(mail)
	})
}

func (a *Accounts) emailMail(tx *store.Tx, user, email string) (mail Mail, err error) {
	mail = Mail{Mail: MailEmailConfirm, To: email, Facts: MailFacts{At: tx.Now()}}
	kept, err := tx.Reserved(email)
	if err != nil {
		return mail, err
	}
	if kept != "" && kept != user {
		mail.Mail, mail.Path = MailReserved, "/login"
		return mail, nil
	}
	if _, err := tx.UserByEmail(email); err == nil {
		mail.Mail, mail.Path = MailKnown, "/login"
		return mail, nil
	} else if !fault.Is(err, fault.NotFound) {
		return mail, err
	}
	mail.Nonce, err = a.links.insert(tx, models.Link{Kind: models.LinkEmail, Email: email, UserID: &user}, tx.Now())
	return mail, err
}

// ConfirmEmail gives the account of the session the address that the link proves.
// Both addresses are told, and the old one can take it back for UndoTime.
func (a *Accounts) ConfirmEmail(ctx context.Context, actor models.Actor, secret string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		link, err := personalLink(tx, secret, models.LinkEmail)
		if err != nil {
			return err
		}
		if *link.UserID != actor.User() {
			return fault.New(fault.Forbidden, "link_not_yours", "This link is for another account. Sign in with that one.")
		}
		if err := tx.UseLink(link.Hash); err != nil {
			return err
		}
		user, err := tx.LockUser(actor.User())
		if err != nil {
			return err
		}
		until := models.Time(tx.Now().Add(UndoTime))
		undo := models.Link{Kind: models.LinkUndo, Email: user.Email, UserID: &user.ID, ExpiresAt: until}
		nonce, err := a.links.insert(tx, undo, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.SetEmail(user, link.Email); err != nil {
			return err
		}
		if err := tx.RecordAs("account.email", "user", user.ID, map[string]any{"from": user.Email, "to": link.Email}, nil, nil); err != nil {
			return err
		}
		facts := MailFacts{Object: "from " + user.Email + " to " + link.Email, At: tx.Now()}
		if err := tellSelf(tx, user, "Your address was changed", facts.Object, "/account", Mail{Mail: MailEmailNew, Facts: facts}); err != nil {
			return err
		}
		facts.Until = until
		return tx.Enqueue(Mail{Mail: MailEmailChanged, To: user.Email, Nonce: nonce, Facts: facts})
	})
}

// UndoEmail gives an account the address back that it had, and ends all its
// sessions: whoever changed it may have had one. It takes the link alone, since the
// person may be shut out.
func (a *Accounts) UndoEmail(ctx context.Context, actor models.Actor, secret string) error {
	nobody := models.Stranger(models.Tenant{}, actor.Request())
	return a.store.Do(ctx, nobody, models.AccountUse, func(tx *store.Tx) error {
		link, err := personalLink(tx, secret, models.LinkUndo)
		if err != nil {
			return err
		}
		user, err := tx.LockUser(*link.UserID)
		if err != nil {
			return err
		}
		if user.State != models.UserActive {
			return errLinkUsed() // a link leads nobody back whom an operator shut out (R28)
		}
		if err := tx.UseLink(link.Hash); err != nil {
			return err
		}
		// What was changed after it is undone with it: neither those addresses nor
		// a link that is under way can bring them back.
		if err := tx.EndLinks(user.ID, models.LinkUndo, link.CreatedAt); err != nil {
			return err
		}
		if err := tx.EndLinks(user.ID, models.LinkEmail, time.Time{}); err != nil {
			return err
		}
		if err := tx.SetEmail(user, link.Email); err != nil {
			return err
		}
		if err := tx.DeleteSessions(user.ID); err != nil {
			return err
		}
		if err := tx.RecordAs("account.email_undo", "user", user.ID, map[string]any{"from": user.Email, "to": link.Email}, nil, nil); err != nil {
			return err
		}
		facts := MailFacts{Object: "from " + user.Email + " back to " + link.Email, At: tx.Now()}
		if err := tellSelf(tx, user, "Your address was changed back", facts.Object, SessionsPath, Mail{Mail: MailEmailRestored, Facts: facts}); err != nil {
			return err
		}
		return tx.Enqueue(Mail{Mail: MailEmailTaken, To: user.Email, Path: "/login", Facts: facts})
	})
}

// personalLink finds a link of a kind that belongs to an account. Of another kind
// there is none.
func personalLink(tx *store.Tx, secret string, kind models.LinkKind) (models.Link, error) {
	link, err := tx.Link(keyring.LinkHash(secret))
	if err == nil && (link.Kind != kind || link.UserID == nil) {
		err = fault.Missing("link")
	}
	return link, err
}
