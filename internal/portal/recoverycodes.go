package portal

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// RecoveryCodesObject is the object of the step-up before new recovery codes (R24).
const RecoveryCodesObject = "recovery.codes"

// CodesLeft is how many of a person's recovery codes work, and since when they have them.
type CodesLeft struct {
	Left, Of int
	MadeAt   time.Time
}

// RecoveryCodes says how many codes the person has left.
func (a *Accounts) RecoveryCodes(ctx context.Context, actor models.Actor) (out CodesLeft, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return out, err
	}
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		codes, err := r.RecoveryCodes(actor.User())
		for _, c := range codes {
			if out.Of, out.MadeAt = out.Of+1, c.CreatedAt; c.UsedAt == nil {
				out.Left++
			}
		}
		return err
	})
	return out, err
}

// MakeRecoveryCodes makes new recovery codes, which nobody can ever see again, and ends
// the ones before. It demands a step-up (R24).
func (a *Accounts) MakeRecoveryCodes(ctx context.Context, actor models.Actor) ([]keys.Secret, error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	codes, hashes := make([]keys.Secret, models.RecoveryCodesMade), make([][]byte, models.RecoveryCodesMade)
	for i := range codes {
		codes[i] = keys.NewRecoveryCode()
		hash, _ := keys.RecoveryHash(codes[i].Reveal())
		hashes[i] = hash[:]
	}
	err := a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if _, err := tx.LockUser(actor.User()); err != nil {
			return err
		}
		if err := tx.UseProof(RecoveryCodesObject); err != nil {
			return err
		}
		if err := tx.SetRecoveryCodes(actor.User(), hashes...); err != nil {
			return err
		}
		if err := tx.RecordAs("recovery_codes.make", "user", actor.User(), map[string]any{"codes": len(codes)}, nil, nil); err != nil {
			return err
		}
		return tellAccount(tx, actor.User(), Mail{Mail: MailCodesMade, Path: "/account/recovery-codes"})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// accountNews are the lines of the inbox, by the mail that says the same.
var accountNews = map[MailKind]string{
	MailPasskey:      "A passkey was added to your account",
	MailPasskeyGone:  "A passkey was removed from your account",
	MailPasskeyTwice: "One of your passkeys may have been copied",
	MailCodesMade:    "You have new recovery codes; the ones before work no more",
	MailCodeUsed:     "One of your recovery codes was used",
	MailRecovered:    "Your account was recovered with a new passkey",
}

// tellAccount tells a person what became of their account: by mail and in their inbox (R32).
func tellAccount(tx *store.Tx, user string, mail Mail) error {
	return tellSelf(tx, models.User{ID: user}, accountNews[mail.Mail], mail.Facts.Object, mail.Path, mail)
}

// AfterRecovery refuses to make tokens with an account that was just recovered: whoever
// took it over could otherwise keep what they reach past its owner's return (R33).
func AfterRecovery(actor models.Actor, now time.Time) error {
	until, yes := actor.Account().Recovering(now)
	if !yes {
		return nil
	}
	return fault.New(fault.Conflict, "recovered_lately",
		"Your account was recovered a short while ago. Tokens can be made with it again from %s on.", moment(until))
}
