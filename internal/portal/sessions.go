package portal

import (
	"bytes"
	"context"
	"encoding/hex"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// SessionRow is one of a person's browser sessions.
type SessionRow struct {
	Host                      string // a tenant's own that it is good on, "" for the portal's
	ID                        string // names the session to its owner; no cookie can be made of it
	ClientIP, Network, Device string
	Passkey                   string // its name; "" where it was removed since
	Provider                  string // through which it was begun, "" for a passkey
	CreatedAt, SeenAt         time.Time
	Current                   bool
}

// Sessions of the person that still answer, the newest first (R38). Current is
// the hash of the one that asks.
func (a *Accounts) Sessions(ctx context.Context, actor models.Actor, current []byte) ([]SessionRow, error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	keys, err := a.Passkeys(ctx, actor)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, k := range keys {
		names[k.ID] = k.Name
	}
	rows, err := a.store.Sessions(ctx, actor.User())
	if err != nil {
		return nil, err
	}
	var providers map[string]models.Provider
	if through := ids(rows, func(r store.Session) string { return r.Provider }); len(through) > 0 {
		err = a.store.Survey(ctx, func(p store.Platform) error { providers, err = p.Providers(through); return err })
	}
	out := make([]SessionRow, len(rows))
	for i, r := range rows {
		out[i] = SessionRow{ID: hex.EncodeToString(r.Hash), ClientIP: r.ClientIP, Host: r.Host, Network: models.Network(r.ClientIP), Device: models.Device(r.UserAgent),
			Passkey: names[r.PasskeyID], Provider: providers[r.Provider].Name, CreatedAt: r.CreatedAt, SeenAt: r.SeenAt, Current: bytes.Equal(r.Hash, current)}
	}
	return out, err
}

// EndSession ends one of the person's other sessions, wherever it is open.
func (a *Accounts) EndSession(ctx context.Context, actor models.Actor, id string) error {
	hash, err := hex.DecodeString(id)
	if err != nil || len(hash) == 0 {
		return fault.Missing("session")
	}
	return a.endSessions(ctx, actor, hash)
}

// EndOtherSessions ends all of the person's sessions but the one that asks.
func (a *Accounts) EndOtherSessions(ctx context.Context, actor models.Actor, current []byte) error {
	rows, err := a.Sessions(ctx, actor, current)
	if err != nil {
		return err
	}
	var hashes [][]byte
	for _, r := range rows {
		if hash, err := hex.DecodeString(r.ID); err == nil && !r.Current {
			hashes = append(hashes, hash)
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	return a.endSessions(ctx, actor, hashes...)
}

// SignOut ends the session that asks. Without one there is nothing to end.
func (a *Accounts) SignOut(ctx context.Context, actor models.Actor, current []byte) error {
	if !actor.SignedIn() || len(current) == 0 {
		return nil
	}
	return a.endSessions(ctx, actor, current)
}

func (a *Accounts) endSessions(ctx context.Context, actor models.Actor, hashes ...[]byte) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.DeleteSessions(actor.User(), hashes...); err != nil {
			return err
		}
		return tx.RecordAs("session.end", "user", actor.User(), map[string]any{"sessions": len(hashes)}, nil, nil)
	})
}

// noteSeen remembers where the person signs in from. Where one of them is new, they
// are told, unless they have just made the account or a passkey by a link.
func noteSeen(tx *store.Tx, person models.Actor, tell bool) error {
	user, err := tx.LockUser(person.User())
	if err != nil {
		return err
	}
	from := tx.Request()
	network, device := models.Network(from.ClientIP), models.Device(from.UserAgent)
	knownNetwork, err := tx.NoteSeen(user.ID, store.SeenNetwork, network)
	if err != nil {
		return err
	}
	knownDevice, err := tx.NoteSeen(user.ID, store.SeenDevice, device)
	if err != nil || !tell || knownNetwork && knownDevice {
		return err
	}
	note := "Your account has signed in from this network before, but not with this browser."
	switch {
	case !knownNetwork && !knownDevice:
		note = "Neither the browser nor the network was seen with your account in the last 90 days."
	case !knownNetwork:
		note = "Your account has signed in with such a browser before, but not from this network."
	}
	where := device + " at " + from.ClientIP
	return tellSelf(tx, user, "Sign-in from a new place: "+where, note, SessionsPath,
		Mail{Mail: MailNewPlace, Facts: MailFacts{Object: where, Note: note}})
}

// SessionsPath is the page of one's own sessions.
const SessionsPath = "/account/sessions"

// tellSelf tells a person something about their own account, here and by mail.
func tellSelf(tx *store.Tx, user models.User, title, body, path string, mail Mail) error {
	if err := tx.Notify(models.Notification{Kind: models.NotifyAccount, Title: title, Body: body, Link: path}, user.ID); err != nil {
		return err
	}
	mail.User, mail.Path, mail.Facts.At = user.ID, path, tx.Now()
	return tx.Enqueue(mail)
}
