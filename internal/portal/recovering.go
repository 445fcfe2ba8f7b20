package portal

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// How often one network may send recovery codes that are none.
const (
	RecoveryTries  = 10
	recoveryWindow = 15 * time.Minute
)

// errRecoveryRefused is the one answer to a code that cannot be used, whatever the
// cause: nobody learns which codes or accounts there are (R28, R29).
func errRecoveryRefused() error {
	const message = "This code was not accepted. It may be used already, or replaced by newer ones."
	return fault.New(fault.BadRequest, "recovery_refused", message).WithFields(fault.Field{Name: "recovery_code", Message: message})
}

// errRefuse says that a transaction notes a refusal and is to be committed.
var errRefuse = errors.New("portal: refused, and noted")

// Recover uses one of a person's recovery codes up, and says whose it was: they get
// a session that is good for a new passkey and for nothing else (R33). They are told
// at once.
func (a *Accounts) Recover(ctx context.Context, actor models.Actor, typed string) (user models.User, err error) {
	hash, ok := keys.RecoveryHash(typed)
	if !ok { // which its checksum tells, whatever codes there are
		return user, invalid("recovery_code", "This can’t be a recovery code. It has six groups of four letters and digits; check what you typed.")
	}
	network := recoveryNetwork(actor.Request().ClientIP)
	nobody := models.Stranger(models.Tenant{}, actor.Request())
	var refused error
	err = a.store.Do(ctx, nobody, models.AccountRecover, func(tx *store.Tx) error {
		refused = nil
		failed, err := tx.EventsSince("network", network, tx.Now().Add(-recoveryWindow))
		if err != nil {
			return err
		}
		if failed >= RecoveryTries {
			return fault.New(fault.TooMany, "too_many_codes", "From this address came too many codes that were not accepted. Wait a quarter of an hour, and try again.").After(recoveryWindow)
		}
		user, err = useCode(tx, hash[:])
		if errors.Is(err, errRefuse) {
			refused = errRecoveryRefused()
			return tx.RecordAs("account.recovery_refused", "network", network, nil, nil, nil)
		}
		return err
	})
	if err == nil {
		err = refused
	}
	return user, err
}

// useCode uses a code up for its person, if they are active: nothing leads a disabled
// account back (R28).
func useCode(tx *store.Tx, hash []byte) (user models.User, err error) {
	code, err := tx.RecoveryCode(hash)
	if err == nil {
		user, err = tx.LockUser(code.UserID)
	}
	if err == nil && user.State == models.UserActive {
		err = tx.UseRecoveryCode(hash)
	}
	if fault.Is(err, fault.NotFound) || err == nil && user.State != models.UserActive {
		return user, errRefuse
	}
	if err != nil {
		return user, err
	}
	if err := tx.RecordAs("account.recovery_begin", "user", user.ID, map[string]any{"by": "code"}, nil, nil); err != nil {
		return user, err
	}
	return user, tellAccount(tx, user.ID, Mail{Mail: MailCodeUsed, Path: "/account"})
}

// recoveryNetwork is by what tries are counted: an address of IPv4, or the network of
// one household of IPv6.
func recoveryNetwork(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() || addr.Is4In6() {
		return ip
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}

// BeginRecovery asks for the new passkey of who recovers their account.
func (a *Accounts) BeginRecovery(ctx context.Context, actor models.Actor, session []byte, name string) (json.RawMessage, error) {
	if err := actor.May(models.AccountRecover); err != nil {
		return nil, err
	}
	if err := checkPasskeyName(name); err != nil {
		return nil, err
	}
	var had []models.Passkey
	err := a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) (err error) {
		had, err = r.Passkeys(actor.User())
		return err
	})
	if err != nil {
		return nil, err
	}
	c, err := a.passkeys.BeginRegistration(passkeyUser(actor.Account(), had), session)
	if err != nil {
		return nil, err
	}
	return c.Options, a.keep(ctx, session, ceremonyRecover, c, addition{c.State, strings.TrimSpace(name)})
}

// FinishRecovery stores the new passkey. All sessions of the person end, this one
// with them: they sign in with the passkey. What codes and links they had works no
// more, and for a day nobody makes tokens with the account (R33). Where a stop of the
// recovery ended the session while the answer was on its way, the stop wins.
func (a *Accounts) FinishRecovery(ctx context.Context, actor models.Actor, session, answer []byte) error {
	if err := actor.May(models.AccountRecover); err != nil {
		return err
	}
	key, err := a.registered(ctx, actor, session, ceremonyRecover, answer)
	if err != nil {
		return err
	}
	begun, err := a.Recoveries(ctx, actor)
	if err != nil {
		return err
	}
	person := self(actor, actor.Account())
	return a.store.Do(ctx, person, models.AccountRecover, func(tx *store.Tx) error {
		user, err := tx.LockUser(actor.User())
		if err != nil {
			return err
		}
		if user.State != models.UserActive {
			return errLinkUsed()
		}
		if err := tx.EndSession(user.ID, session, recoveryClass); err != nil {
			return refusedIfMissing(err, errLinkUsed())
		}
		if err := tx.InsertPasskey(&key); err != nil {
			return err
		}
		for _, r := range begun {
			if err := recoveredBy(tx, person, r); err != nil {
				return err
			}
		}
		return recovered(tx, key)
	})
}

// recovered ends all that led into the account before, and tells its owner.
func recovered(tx *store.Tx, key models.Passkey) error {
	user := key.UserID
	for _, step := range []func() error{
		func() error { return tx.SetRecoveryCodes(user) },
		func() error { return tx.WithdrawLinks(user, models.LinkDevice) },
		func() error { return tx.WithdrawLinks(user, models.LinkRecover) },
		func() error { return tx.WithdrawLinks(user, models.LinkRecoverStop) },
		func() error { return tx.DeleteSessions(user) },
		func() error { return tx.SetRecovered(user) },
		func() error {
			return tx.RecordAs("account.recovered", "user", user, map[string]any{"passkey": key.ID, "name": key.Name}, nil, nil)
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return tellAccount(tx, user, Mail{Mail: MailRecovered, Path: "/account", Facts: MailFacts{Object: key.Name}})
}
