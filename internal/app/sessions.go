package app

import (
	"context"
	"time"

	"gatehouse/internal/session"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// sessionRows keeps browser sessions in the store. The two row types have the
// same fields, since neither package may know the other.
type sessionRows struct{ store *store.Store }

func (s sessionRows) Load(ctx context.Context, hash []byte) (session.Row, session.Limits, error) {
	row, limits, err := s.store.SessionWithLimits(ctx, hash)
	return session.Row(row), sessionLimits(limits), err
}

func (s sessionRows) Limits(ctx context.Context) (limits session.Limits, err error) {
	err = s.store.Survey(ctx, func(p store.Platform) error {
		stored, err := p.Setting(models.SettingSessions)
		limits = sessionLimits(stored)
		return err
	})
	return limits, err
}

// sessionLimits are what operators chose, which is read with each session: so it holds in
// every process from the next request on.
func sessionLimits(stored string) session.Limits {
	l := models.ParseSessionLimits(stored)
	return session.Limits{session.Member: sessionLimit(l.Member), session.Staff: sessionLimit(l.Staff)}
}

func sessionLimit(l models.SessionLimit) session.Limit {
	return session.Limit{Idle: time.Duration(l.Idle) * time.Minute, Absolute: time.Duration(l.Absolute) * time.Minute}
}

func (s sessionRows) Insert(ctx context.Context, row session.Row) error {
	return s.store.InsertSession(ctx, store.Session(row))
}

func (s sessionRows) Replace(ctx context.Context, old []byte, until time.Time, next session.Row) error {
	return s.store.ReplaceSession(ctx, old, until, store.Session(next))
}

func (s sessionRows) Touch(ctx context.Context, hash []byte, seen, expires time.Time) error {
	return s.store.TouchSession(ctx, hash, seen, expires)
}

func (s sessionRows) SaveData(ctx context.Context, hash, data []byte) error {
	return s.store.SaveSession(ctx, hash, data)
}

func (s sessionRows) Delete(ctx context.Context, hash []byte) error {
	return s.store.DeleteSession(ctx, hash)
}
