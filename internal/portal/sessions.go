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
	ID                  string // names the session to its owner; no cookie can be made of it
	ClientIP, UserAgent string
	CreatedAt, SeenAt   time.Time
	Current             bool
}

// Sessions of the person that still answer, the newest first (R38). Current is
// the hash of the one that asks.
func (a *Accounts) Sessions(ctx context.Context, actor models.Actor, current []byte) ([]SessionRow, error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	rows, err := a.store.Sessions(ctx, actor.User())
	out := make([]SessionRow, len(rows))
	for i, r := range rows {
		out[i] = SessionRow{hex.EncodeToString(r.Hash), r.ClientIP, r.UserAgent, r.CreatedAt, r.SeenAt, bytes.Equal(r.Hash, current)}
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
