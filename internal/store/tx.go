package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/models"
)

// Tx is a Tenant that may be written to.
type Tx struct {
	Tenant
	ctx    context.Context
	action string
	seq    int64
	events []audit.Event

	assertion []byte         // of the step-up that was used up, hashed
	changed   *models.Tenant // the tenant itself, where it was
}

// Now is the time of the transaction, which all that it writes carries.
func (t Tenant) Now() time.Time { return t.now }

// Request that causes the transaction.
func (t *Tx) Request() models.Request { return t.actor.Request() }

// Record notes what the transaction did to one object, for the audit log. Details
// name what changed and hold no secret; before and after are the object's states,
// nil where there was or is none.
func (t *Tx) Record(kind, id string, details map[string]any, before, after any) error {
	return t.RecordAs(t.action, kind, id, details, before, after)
}

// RecordAs is Record under the name of another action: a transaction may do more than one thing.
func (t *Tx) RecordAs(action, kind, id string, details map[string]any, before, after any) error {
	e := audit.Event{Action: action, ObjectKind: kind, ObjectID: id}
	var err error
	if len(details) > 0 {
		if e.Details, err = audit.Details(details); err != nil {
			return err
		}
	}
	if e.BeforeDigest, err = digest(kind, before); err != nil {
		return err
	}
	if e.AfterDigest, err = digest(kind, after); err != nil {
		return err
	}
	t.events = append(t.events, e)
	return nil
}

func digest(kind string, state any) ([]byte, error) {
	if state == nil {
		return nil, nil
	}
	return audit.Digest(kind, state)
}

// Changed writes a row of the change feed: something decides anew who may call what.
func (t *Tx) Changed(kind models.ChangeKind, id string) error {
	if t.seq == 0 {
		if err := t.store.dialect.order(t.db); err != nil {
			return err
		}
	}
	c := models.Change{TenantID: scopeOf(t.actor), Kind: kind, ObjectID: id, At: t.now}
	if err := t.db.Create(&c).Error; err != nil {
		return err
	}
	t.seq = c.Seq
	return nil
}

// ChangedAll is Changed for many objects of one kind.
func (t *Tx) ChangedAll(kind models.ChangeKind, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := t.Changed(kind, ids[0]); err != nil {
		return err
	}
	for some := range slices.Chunk(ids[1:], 200) {
		rows := make([]models.Change, len(some))
		for i, id := range some {
			rows[i] = models.Change{TenantID: scopeOf(t.actor), Kind: kind, ObjectID: id, At: t.now}
		}
		if err := t.db.Create(&rows).Error; err != nil {
			return err
		}
		t.seq = rows[len(rows)-1].Seq
	}
	return nil
}

// ChangeSeq is the number of the transaction's last change in the feed, 0 before the first.
func (t *Tx) ChangeSeq() int64 { return t.seq }

// Enqueue adds work that is done after the commit, at least once.
func (t *Tx) Enqueue(jobs ...Job) error {
	return t.store.enqueue(t.ctx, t.db, jobs...)
}

func (s *Store) enqueue(ctx context.Context, db *gorm.DB, jobs ...Job) error {
	if s.queue == nil {
		return errors.New("store: no queue was wired")
	}
	tx, ok := db.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return fmt.Errorf("store: jobs are enqueued in transactions, not in %T", db.Statement.ConnPool)
	}
	return s.queue.Enqueue(ctx, tx, jobs...)
}

// In runs fn on another tenant, or on the installation for an actor without one,
// in the same transaction: what happens there has an event in that chain, too.
func (t *Tx) In(actor models.Actor, fn func(*Tx) error) error {
	db, err := t.store.dialect.enter(t.db, scope{tenant: scopeOf(actor)})
	if err != nil {
		return err
	}
	there := &Tx{Tenant: Tenant{db, actor, t.now, t.store}, ctx: t.ctx, action: t.action}
	if err := fn(there); err != nil {
		return err
	}
	if len(there.assertion) == 0 {
		there.assertion = t.assertion
	}
	if err := there.finish(); err != nil {
		return err
	}
	t.assertion = there.assertion
	t.seq = max(t.seq, there.seq)
	_, err = t.store.dialect.enter(t.db, scope{tenant: scopeOf(t.actor)})
	return err
}

// finish links the audit events to their chain and announces the changes.
func (t *Tx) finish() error {
	if len(t.events) == 0 {
		return fmt.Errorf("store: %s recorded nothing for the audit log", t.action)
	}
	if err := t.nameAssertion(); err != nil {
		return err
	}
	if err := t.link(); err != nil {
		return err
	}
	if err := t.keepHealth(); err != nil {
		return err
	}
	if t.seq == 0 {
		return nil
	}
	return t.store.dialect.notify(t.db)
}

// nameAssertion puts the hash of the step-up's assertion into the events of what it
// was used for (R24).
func (t *Tx) nameAssertion() error {
	if len(t.assertion) == 0 {
		return nil
	}
	for i := range t.events {
		details := map[string]json.RawMessage{}
		if raw := t.events[i].Details; len(raw) > 0 {
			if err := json.Unmarshal(raw, &details); err != nil {
				return err
			}
		}
		details["assertion"] = json.RawMessage(`"sha256:` + hex.EncodeToString(t.assertion) + `"`)
		var err error
		if t.events[i].Details, err = audit.Details(details); err != nil {
			return err
		}
	}
	return nil
}
