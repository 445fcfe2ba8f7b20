package portal

import (
	"context"
	"encoding/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// BeginLogin asks for any passkey of ours (R29).
func (a *Accounts) BeginLogin(ctx context.Context, session []byte) (json.RawMessage, error) {
	c, err := a.passkeys.BeginLogin(session)
	if err != nil {
		return nil, err
	}
	return c.Options, a.keep(ctx, session, ceremonyLogin, c, c.State)
}

// FinishLogin says who signs in, and with which passkey. A disabled account fails as
// an unknown passkey does (R28, R29).
func (a *Accounts) FinishLogin(ctx context.Context, actor models.Actor, session, answer []byte) (user models.User, passkeyID string, err error) {
	var state []byte
	if err := a.take(ctx, session, ceremonyLogin, answer, &state); err != nil {
		return user, "", err
	}
	var keys []models.Passkey
	proof, err := a.passkeys.FinishLogin(state, session, answer, func(_, handle []byte) (passkey.User, error) {
		err := a.store.As(ctx, self(actor, models.User{}), func(r store.Tenant) (err error) {
			if user, err = r.UserByHandle(handle); err != nil {
				return err
			}
			keys, err = r.Passkeys(user.ID)
			return err
		})
		if err == nil && user.State != models.UserActive {
			err = passkey.ErrUnknown
		}
		return passkeyUser(user, keys), err
	})
	if err != nil {
		return models.User{}, "", err
	}
	passkeyID, err = a.noteUse(ctx, self(actor, user), "session.start", proof, keys)
	return user, passkeyID, err
}

// noteUse stores what an assertion said of its passkey, which it names, and tells
// its person of a sign-in from a place that is new. A counter that went
// back is refused for staff and noted for everybody else (R27).
func (a *Accounts) noteUse(ctx context.Context, person models.Actor, action string, proof passkey.Proof, keys []models.Passkey) (id string, err error) {
	for _, key := range keys {
		if string(key.CredentialID) != string(proof.Credential.ID) {
			continue
		}
		key.SignCount, key.BackupState = proof.Credential.SignCount, proof.Credential.BackedUp
		if err := a.fits(person.Account(), key); err != nil {
			return "", err
		}
		err := a.store.Do(ctx, person, models.AccountUse, func(tx *store.Tx) error {
			if action == "session.start" {
				if err := noteSeen(tx, person, true); err != nil {
					return err
				}
			}
			done := action
			if proof.Clone != nil {
				done = "passkey.clone_suspected"
				if err := tellPasskey(tx, MailPasskeyTwice, key); err != nil {
					return err
				}
			} else if err := tx.TouchPasskey(key); err != nil {
				return err
			}
			return tx.RecordAs(done, "passkey", key.ID, nil, nil, nil)
		})
		if err == nil && proof.Clone != nil && person.Staff() {
			return "", fault.New(fault.Forbidden, "passkey_cloned",
				"This passkey seems to exist twice. It was refused; ask an operator to remove it and add a new one.")
		}
		return key.ID, err
	}
	return "", fault.New(fault.BadRequest, "passkey_refused", "This passkey is unknown here. Please try another one.")
}
