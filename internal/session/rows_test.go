package session_test

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/session"
)

// table is Rows in memory.
type table struct {
	mu    sync.Mutex
	rows  map[string]session.Row
	down  error
	wrote int
	clock clock.Clock

	limits session.Limits // chosen while the program runs
}

func (t *table) Load(_ context.Context, hash []byte) (session.Row, session.Limits, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if row, ok := t.rows[string(hash)]; ok && t.down == nil {
		return row, t.limits, nil
	}
	if t.down != nil {
		return session.Row{}, nil, t.down
	}
	return session.Row{}, nil, fault.Missing("session")
}

func (t *table) Limits(context.Context) (session.Limits, error) { return t.limits, t.down }

func (t *table) Insert(_ context.Context, row session.Row) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrote++
	t.rows[string(row.Hash)] = row
	return t.down
}

func (t *table) Replace(_ context.Context, old []byte, until time.Time, next session.Row) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrote++
	row, ok := t.rows[string(old)]
	if !ok || row.ReplacedAt != nil {
		return fault.New(fault.Conflict, "session_replaced", "This session was renewed by another request.")
	}
	delete(t.rows, string(old))
	if !until.IsZero() {
		now := t.clock.Now()
		row.ReplacedAt, row.ExpiresAt = &now, until
		t.rows[string(old)] = row
	}
	t.rows[string(next.Hash)] = next
	return t.down
}

func (t *table) change(hash []byte, fn func(*session.Row)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrote++
	if row, ok := t.rows[string(hash)]; ok {
		fn(&row)
		t.rows[string(hash)] = row
	}
	return t.down
}

func (t *table) Touch(_ context.Context, hash []byte, seen, expires time.Time) error {
	return t.change(hash, func(r *session.Row) { r.SeenAt, r.ExpiresAt = seen, expires })
}

func (t *table) SaveData(_ context.Context, hash, data []byte) error {
	return t.change(hash, func(r *session.Row) { r.Data = data })
}

func (t *table) Delete(_ context.Context, hash []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rows, string(hash))
	return t.down
}
