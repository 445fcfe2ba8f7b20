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
	return a.keysOf(ctx, actor)
}

func (a *Accounts) keysOf(ctx context.Context, actor models.Actor) (keys []models.Passkey, err error) {
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		keys, err = r.Passkeys(actor.User())
		return err
	})
	return keys, err
}

func (a *Accounts) withPasskeys(ctx context.Context, actor models.Actor) (passkey.User, error) {
	keys, err := a.keysOf(ctx, actor)
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

// registered is the passkey that the answer to a ceremony of one's own names, not stored yet.
func (a *Accounts) registered(ctx context.Context, actor models.Actor, session []byte, ceremony string, answer []byte) (models.Passkey, error) {
	var kept addition
	if err := a.take(ctx, session, ceremony, answer, &kept); err != nil {
		return models.Passkey{}, err
	}
	cred, err := a.passkeys.FinishRegistration(kept.State, passkeyUser(actor.Account(), nil), session, answer)
	if err != nil {
		return models.Passkey{}, err
	}
	key := newPasskey(actor.User(), cred, kept.Name)
	return key, a.fits(actor.Account(), key)
}

// FinishAdd stores the passkey and tells its owner (R32).
func (a *Accounts) FinishAdd(ctx context.Context, actor models.Actor, session, answer []byte) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	key, err := a.registered(ctx, actor, session, ceremonyAdd, answer)
	if err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseProof(PasskeyAdd); err != nil {
			return err
		}
		if err := tx.InsertPasskey(&key); err != nil {
			return err
		}
		if err := tx.RecordAs("passkey.add", "passkey", key.ID, map[string]any{"user": actor.User(), "name": key.Name}, nil, nil); err != nil {
			return err
		}
		return tellPasskey(tx, MailPasskey, key)
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
		return tellPasskey(tx, MailPasskeyGone, key)
	})
}

// tellPasskey tells the owner of a passkey what became of it (R32).
func tellPasskey(tx *store.Tx, kind MailKind, key models.Passkey) error {
	return tellAccount(tx, key.UserID, Mail{Mail: kind, Path: "/account", Facts: MailFacts{Object: key.Name}})
}

// RenamePasskey gives a passkey another name.
func (a *Accounts) RenamePasskey(ctx context.Context, actor models.Actor, id, name string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	if err := checkPasskeyName(name); err != nil {
		return err
	}
	name = strings.TrimSpace(name)
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		key, err := tx.Passkey(actor.User(), id)
		if err != nil {
			return err
		}
		if err := tx.RenamePasskey(actor.User(), id, name); err != nil {
			return err
		}
		return tx.RecordAs("passkey.rename", "passkey", id, map[string]any{"user": actor.User(), "from": key.Name, "to": name}, nil, nil)
	})
}

// fits refuses a passkey that its provider copies, to staff of an installation that
// wants theirs to stay on one device (R26).
func (a *Accounts) fits(user models.User, key models.Passkey) error {
	if !a.staffDeviceBound || user.Staff == models.NotStaff || !key.BackupEligible {
		return nil
	}
	return fault.New(fault.Invalid, "passkey_synced",
		"Staff of this installation use passkeys that stay on one device, like those of a security key. This one is synced by its provider; choose another one.")
}

// PasskeyLink is the object of the step-up before a link for another device (R24).
const PasskeyLink = "passkey.link"

// DeviceLinkLifetime is how long a link for another device works: it is opened there
// at once.
const DeviceLinkLifetime = 30 * time.Minute

// DeviceLink makes a one-time link by which the person adds a passkey on another
// device. It signs nobody in, and takes the place of one made before. It demands a
// step-up (R24).
func (a *Accounts) DeviceLink(ctx context.Context, actor models.Actor) (path string, until time.Time, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return "", until, err
	}
	user := actor.User()
	err = a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseProof(PasskeyLink); err != nil {
			return err
		}
		if err := tx.WithdrawLinks(user, models.LinkDevice); err != nil {
			return err
		}
		until = models.Time(tx.Now().Add(DeviceLinkLifetime))
		nonce, err := a.links.insert(tx, models.Link{Kind: models.LinkDevice, Email: actor.Account().Email, UserID: &user, CreatedBy: user, ExpiresAt: until}, tx.Now())
		if err != nil {
			return err
		}
		path = LinkPath(a.links.keys.LinkSecret(nonce))
		return tx.RecordAs("passkey.link", "user", user, map[string]any{"until": until}, nil, nil)
	})
	return path, until, err
}
