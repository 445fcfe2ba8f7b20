package app

import (
	"context"
	"time"

	"gatehouse/internal/session"
	"gatehouse/internal/store"
)

// sessionRows keeps browser sessions in the store. The two row types have the
// same fields, since neither package may know the other.
type sessionRows struct{ store *store.Store }

func (s sessionRows) Load(ctx context.Context, hash []byte) (session.Row, error) {
	row, err := s.store.Session(ctx, hash)
	return session.Row(row), err
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
