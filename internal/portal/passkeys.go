package portal

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// PasskeyAdd is the object of the step-up before a new passkey (R24). Before one
// is removed it is that one's id.
const PasskeyAdd = "passkey.add"

// Passkeys of the person, the oldest first.
func (a *Accounts) Passkeys(ctx context.Context, actor models.Actor) (keys []models.Passkey, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		keys, err = r.Passkeys(actor.User())
		return err
	})
	return keys, err
}

func (a *Accounts) withPasskeys(ctx context.Context, actor models.Actor) (passkey.User, error) {
	keys, err := a.Passkeys(ctx, actor)
	return passkeyUser(actor.Account(), keys), err
}

// addition is what BeginAdd keeps for FinishAdd.
type addition struct {
	State []byte `json:"state"`
	Name  string `json:"name"`
}

// BeginAdd asks for one more passkey of the signed-in person, who confirmed it
// with one that they have.
func (a *Accounts) BeginAdd(ctx context.Context, actor models.Actor, session []byte, name string) (json.RawMessage, error) {
	if actor.Proof().ID == "" {
		return nil, fault.New(fault.Forbidden, "step_up_required", "Confirm this with a passkey that you have. Go back to your account and start again.")
	}
	if err := checkPasskeyName(name); err != nil {
		return nil, err
	}
	u, err := a.withPasskeys(ctx, actor)
	if err != nil {
		return nil, err
	}
	c, err := a.passkeys.BeginRegistration(u, session)
	if err != nil {
		return nil, err
	}
	return c.Options, a.keep(ctx, session, ceremonyAdd, c, addition{c.State, strings.TrimSpace(name)})
}

func checkPasskeyName(name string) error {
	if n := len([]rune(strings.TrimSpace(name))); n >= 1 && n <= 60 && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return nil
	}
	const message = "Name the passkey in 1 to 60 characters, by the device that holds it."
	return fault.New(fault.Invalid, "invalid_input", "%s", message).WithFields(fault.Field{Name: "name", Message: message})
}

// FinishAdd stores the passkey and tells its owner (R32).
func (a *Accounts) FinishAdd(ctx context.Context, actor models.Actor, session, answer []byte) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	var kept addition
	if err := a.take(ctx, session, ceremonyAdd, answer, &kept); err != nil {
		return err
	}
	cred, err := a.passkeys.FinishRegistration(kept.State, passkeyUser(actor.Account(), nil), session, answer)
	if err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseProof(PasskeyAdd); err != nil {
			return err
		}
		key := newPasskey(actor.User(), cred, kept.Name)
		if err := tx.InsertPasskey(&key); err != nil {
			return err
		}
		if err := tx.RecordAs("passkey.add", "passkey", key.ID, map[string]any{"user": actor.User(), "name": key.Name}, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(passkeyMail(MailPasskey, actor, key, tx.Now()))
	})
}

// RemovePasskey takes a passkey away, but never the last one (R32).
func (a *Accounts) RemovePasskey(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		key, err := tx.Passkey(actor.User(), id)
		if err != nil {
			return err
		}
		if err := tx.UseProof(id); err != nil {
			return err
		}
		if err := tx.DeletePasskey(actor.User(), id); err != nil {
			return err
		}
		if err := tx.RecordAs("passkey.remove", "passkey", id, map[string]any{"user": actor.User(), "name": key.Name}, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(passkeyMail(MailPasskeyGone, actor, key, tx.Now()))
	})
}

func passkeyMail(kind MailKind, actor models.Actor, key models.Passkey, at time.Time) Mail {
	return Mail{Mail: kind, User: actor.User(), Path: "/account", Facts: MailFacts{Object: key.Name, At: at}}
}
